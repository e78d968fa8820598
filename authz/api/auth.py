"""Who calls: the bearer token of a request turned into a caller, before anything else is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from flask import Flask, current_app, g, request

from authz.api.sessions import Issuer
from authz.bootstrap import Services
from authz.core.changes import Actor
from authz.core.decision import Context
from authz.core.errors import NotAuthenticated
from authz.core.names import Practice, Subject
from authz.core.people import Person

PUBLIC: Final = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs")
_WELL_KNOWN: Final = "/.well-known/authzen-configuration/"
_APPENDED: Final = re.compile("/practices/[^/]+/[.]well-known/authzen-configuration")
KEY_PREFIX: Final = "azk_"
_REFUSED: Final = "the token is not good"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls and by which credential; `practice` is the only one that a bound key opens."""

    subject: Subject
    via: str
    practice: Practice | None = None
    signed_in: datetime | None = None

    @property
    def context(self) -> Context:
        """The circumstances under which the caller's own rights are decided."""
        return Context(authenticated_at=self.signed_in)

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names it, with the id of the present request."""
        return Actor(str(self.subject), self.via, g.request_id)


def install(app: Flask, services: Services) -> None:
    """From now on each request to `app` needs a good token, those to a path that is not there too."""
    issuer = Issuer(services.settings) if services.settings.jwt_issuer else None

    def authenticate() -> None:
        if not is_public(request.path):
            g.caller = _by_token(_bearer(request.headers.get("Authorization")), services, issuer)

    app.before_request(authenticate)


def is_public(path: str) -> bool:
    """Whether anybody may ask for this path."""
    return path in PUBLIC or path.startswith(("/docs/", _WELL_KNOWN)) or bool(_APPENDED.fullmatch(path))


def caller() -> Caller:
    """The caller of the present request; a request without one never gets to a view that needs one."""
    return cast("Caller", g.caller)


def services() -> Services:
    """What the present application was made with."""
    return cast("Services", current_app.extensions["authz"])


def _bearer(header: str | None) -> str:
    if header is None:
        raise NotAuthenticated("a bearer token is needed")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not token.isprintable() or not token.strip():
        raise NotAuthenticated("the Authorization header must be `Bearer` and a token")
    return token.strip()


def _by_token(token: str, services: Services, issuer: Issuer | None) -> Caller:
    if token.startswith(KEY_PREFIX):
        key = services.keys.verify(token)
        if key.subject.kind == "user":
            _active(services, key.subject)
        return Caller(key.subject, f"key:{key.id}", key.practice)
    if issuer is None:
        raise NotAuthenticated(_REFUSED)
    session = issuer.session(token)
    person = _active(services, session.user)
    if person.sessions_from is not None and session.since < person.sessions_from:
        raise NotAuthenticated("the session has ended")
    via = f"session:{session.id}" if session.id else "session"
    return Caller(session.user, via, signed_in=session.since)


def _active(services: Services, user: Subject) -> Person:
    """The person's account; one that is not there or was ended lets nobody in, by whichever credential."""
    person = services.store.person(user)
    if person is None or not person.active:
        raise NotAuthenticated(_REFUSED)
    return person
