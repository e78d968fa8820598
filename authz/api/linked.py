"""Links that the body of a request names, held against the practice when something else of it is bad already."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flask import request

from authz.api.auth import services
from authz.api.rights import need
from authz.core.errors import AuthzError, FieldError
from authz.core.names import BadName, Practice, Subject
from authz.managing import links

_LINKS: Final = ("cosigner", "supervisor")  # as they are called in bodies


def against_links(raw: object) -> tuple[FieldError, ...]:
    """What a practice has against the co-signer and supervisor of a body; nothing to whoever may not name them.

    Who may be one is known to the practice alone, so that no schema can tell it with the rest of a bad body.
    """
    given = raw if isinstance(raw, dict) else {}
    named = {field: user for field in _LINKS if (user := _user(given.get(field))) is not None}
    if not named:
        return ()
    try:
        addressed = request.view_args or {}
        practice, user = Practice.parse(addressed["practice"]), Subject.user(addressed["user"])
        need(practice, "user", "update", user.id)
        snapshot = services().store.snapshot(practice)
        member = snapshot.memberships[user]
    except (AuthzError, KeyError):
        return ()  # the body is refused all the same
    becomes = replace(
        member, cosigner=named.get(_LINKS[0], member.cosigner), supervisor=named.get(_LINKS[1], member.supervisor)
    )
    return tuple(links.against_naming(snapshot, becomes, services().now()))


def _user(given: object) -> Subject | None:
    try:
        return Subject.user(given.removeprefix("user:")) if isinstance(given, str) else None
    except BadName:
        return None
