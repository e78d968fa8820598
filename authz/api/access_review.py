"""GET .../access-review and POST .../access-review/sign-off: who holds what here, and that it has been looked at."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from flask import Response, request

from authz.api.answers import answer
from authz.api.auth import caller, services
from authz.api.documented import MOMENT, REVISION, TEXT, an_object, list_of
from authz.api.families import Family
from authz.api.fields import LARGEST, Body, Plain, Whole
from authz.api.paths import PRACTICE
from authz.api.rights import need
from authz.api.terms import why
from authz.core.names import Practice
from authz.managing import Terms
from authz.reviewing.page import as_page
from authz.reviewing.review_tables import as_csv, as_plain, narrowed, plain_sign_off, rules_as_csv

family = Family("access-review", "Who holds what, since when, from whom, and when it was last used")
_REVIEW: Final = "/v1/practices/<practice>/access-review"
_MEDIA: Final = ("application/json", "text/csv", "text/html")
_TABLES: Final = ("people", "roles")
_YES_OR_NO: Final = {"type": "boolean"}
_SIGN_OFF: Final = {"revision": REVISION, "by": TEXT, "at": MOMENT, "reason": TEXT}
_HOLDING: Final = {
    **dict.fromkeys(("subject", "name", "seat", "role"), TEXT),
    "everywhere": _YES_OR_NO,
    "state": {"enum": ["in_force", "expired", "left"]},
    "granted_by": TEXT,
    **dict.fromkeys(("granted_at", "expires_at", "last_used"), MOMENT),
}
_RULE: Final = {
    **dict.fromkeys(("resource", "action", "words", "source"), TEXT),
    "conditions": list_of(TEXT),
    "effect": {"enum": ["allow", "deny"]},
}
_CHANGE: Final = dict.fromkeys(("who", "change", "resource", "action", "where", "words"), TEXT)
_ANSWER: Final = an_object(
    {
        "practice": TEXT,
        "owner": {"type": ["string", "null"]},
        "revision": REVISION,
        "at": MOMENT,
        "holdings": list_of(an_object({**_HOLDING})),
        "roles": list_of(an_object({"role": TEXT, "permissions": list_of(an_object({**_RULE}))})),
        "last_review": {"anyOf": [an_object({**_SIGN_OFF}), {"type": "null"}]},
        "changed_since": an_object({"people": list_of(an_object({**_CHANGE}))}, {"untold": TEXT}),
    }
)


class ReviewQuery(Body):
    """Which part is wanted."""

    role = Plain(metadata={"example": "practitioner"})
    user = Plain(metadata={"example": "user:lee"})
    resource = Plain(metadata={"example": "chart_note"})
    table = Plain(
        validate=ma.validate.OneOf(_TABLES, error=f"must be one of {', '.join(_TABLES)}"),
        metadata={"description": "for `text/csv`: who holds what, which it is if left out, or what the roles allow"},
    )


class SignOffBody(Body):
    """What has been looked at."""

    revision = Whole(required=True, metadata={"minimum": 1, "maximum": LARGEST, "description": "as the review told it"})
    reason = why()


@family.endpoint("GET", _REVIEW, _ANSWER, (403, 404), query=ReviewQuery, names=[PRACTICE], texts=_MEDIA[1:])
def access_review(query: dict[str, Any], practice: Practice) -> Response:
    """Tells who holds what here, what the roles allow, and what has changed since the last sign-off

    `Accept: text/csv` gives a table, `text/html` one page to be read or printed. When a role last said yes is known to
    within a minute. What every member holds, or what is held because nothing else was chosen, was given by nobody:
    `granted_by` is empty and `granted_at` null.
    """
    need(practice, "access_review", "read")
    review = services().reviewing.review(practice)
    wanted = narrowed(
        review, role=query.get("role", ""), subject=query.get("user", ""), resource=query.get("resource", "")
    )
    match request.accept_mimetypes.best_match(_MEDIA, _MEDIA[0]):
        case "text/csv":
            text = rules_as_csv(wanted.rules) if query.get("table") == "roles" else as_csv(wanted.holdings)
            response = Response(text, content_type="text/csv; charset=utf-8; header=present")
            response.headers["Content-Disposition"] = f'attachment; filename="access-review-{practice}.csv"'
        case "text/html":
            response = Response(as_page(wanted), content_type="text/html; charset=utf-8")
            response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        case _:
            response = answer(as_plain(wanted), revision=review.revision)
    response.headers["Vary"] = "Accept"
    return response


@family.endpoint(
    "POST", f"{_REVIEW}/sign-off", an_object({**_SIGN_OFF}), (403, 404, 412), body=SignOffBody, names=[PRACTICE]
)
def sign_off(body: dict[str, Any], practice: Practice) -> Response:
    """States that all that is held at this revision has been looked at

    It goes into the record. A practice that has moved on since the review was read is 412.
    """
    need(practice, "access_review", "sign_off")
    who = caller()
    by = Terms(who.actor, body.get("reason", "").strip(), signed_in=who.signed_in, only_in=who.practice)
    return answer(plain_sign_off(services().reviewing.sign_off(by, practice, body["revision"])))
