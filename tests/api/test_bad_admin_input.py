"""Whatever is wrong with a change is told field by field, and then nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.api.furnished import Furnished, furnished

__all__ = ["furnished"]
P: Final = "/v1/practices/northside"
LONG: Final = "x" * 5000
PAST: Final = "2020-01-01T00:00:00Z"


@dataclass(frozen=True)
class Bad:
    """A request that must be refused, and the fields that the refusal must name."""

    what: str
    call: str
    body: Any
    paths: set[str] = field(default_factory=set)
    status: int = 422
    code: str = "invalid"
    by: str = "user:omar"

    def __str__(self) -> str:
        return self.what


ADD, EDIT, SHEET = f"POST {P}/users", f"PATCH {P}/users/ray", f"PATCH {P}/users/ray/access"
ASK: Final = f"POST {P}/requests"
GRANT: Final = f"PUT {P}/grants/claims-editor/user:ray"
GOOD: Final = {"email": "bea@x.example", "name": "Bea"}

SHAPES: Final = [
    Bad(
        "a new person, all of it",
        ADD,
        {
            "id": "-b/",
            "email": "bea",
            "name": LONG,
            "phone": "none",
            "aliases": ["@", "b@x.example", 7],
            "reply_to": "everybody",
            "seat": "throne",
            "access": {"admin": "yes", "chart_notes": "some", "flying": True, "edit_claims": 1, "erx_level": 3},
            "shoe_size": 44,
            "reason": LONG,
            "plan": "x",
        },
        {
            *("id", "email", "name", "phone", "aliases.0", "aliases.2", "reply_to", "seat", "shoe_size", "reason"),
            *("plan", "access.admin", "access.chart_notes", "access.flying", "access.edit_claims", "access.erx_level"),
        },
    ),
    Bad("a new person of whom nothing is known", ADD, {}, {"email", "name"}),
    Bad("a new person, nulls", ADD, {"email": None, "name": None, "aliases": None}, {"email", "name", "aliases"}),
    Bad("a name of blanks", ADD, {**GOOD, "name": "  \t "}, {"name"}),
    Bad("a name with a null character", ADD, {**GOOD, "name": "Bea\0"}, {"name"}),
    Bad("a name written backwards", ADD, {**GOOD, "name": "Bea\u202eaeB"}, {"name"}),
    Bad("half a character", ADD, b'{"email": "b@x.example", "name": "\\ud800"}', set(), 400, "unreadable"),
    Bad("an address twice", ADD, {**GOOD, "aliases": ["b@x.example", "B@X.example"]}, {"aliases"}),
    Bad("the address as an alias", ADD, {**GOOD, "aliases": ["BEA@x.example"]}, {"aliases"}),
    Bad("too many aliases", ADD, {**GOOD, "aliases": [f"b{n}@x.example" for n in range(21)]}, {"aliases"}),
    Bad(
        "levels and reports that are not there",
        ADD,
        {**GOOD, "access": {"erx_level": "fulll", "analytics": "nobody"}},
        {"access.erx_level", "access.analytics"},
    ),
    *(
        Bad(f"the address {bad!r}", f"PUT {P}/users/ray/email", {"email": bad}, {"email"})
        for bad in ("", "ray", "ray@", "@x.example", "ray@x", "r r@x.example", "r@x..example", "r@x.example, s@y.z")
    ),
    Bad("an address of 5,000 characters", f"PUT {P}/users/ray/email", {"email": f"{LONG}@x.example"}, {"email"}),
    Bad(
        "a person changed, all of it",
        EDIT,
        {"name": "", "phone": "x", "aliases": "a", "reply_to": 1, "seat": "sofa", "cosigner": "user:", "supervisor": 4},
        {"name", "phone", "aliases", "reply_to", "seat", "cosigner", "supervisor"},
    ),
    Bad("an enablement without a request", EDIT, {"erx_enabled": True, "seat": "sofa"}, {"erx_enabled", "seat"}),
    Bad("a field that no person has", EDIT, {"role": "admin", "admin": True}, {"role", "admin"}),
    Bad("both links to themselves", EDIT, {"cosigner": "ray", "supervisor": "ray"}, {"cosigner", "supervisor"}),
    Bad(
        "links to nobody fit, and more",
        EDIT,
        {"cosigner": "joe", "supervisor": "user:nobody", "phone": "x", "shoe_size": 44},
        {"cosigner", "supervisor", "phone", "shoe_size"},
    ),
    Bad("both links to nobody fit", EDIT, {"cosigner": "joe", "supervisor": "old"}, {"cosigner", "supervisor"}),
    Bad(
        "a sheet with unknown switches",
        SHEET,
        {"fly": True, "chart_notes": "most", "admin": "true", "edit_claims": None, "erx_level": "a", "analytics": "b"},
        {"fly", "chart_notes", "admin", "edit_claims", "erx_level", "analytics"},
    ),
    Bad("a sheet with unknown choices", SHEET, {"erx_level": "highest", "analytics": ""}, {"erx_level", "analytics"}),
    Bad("a whole sheet with a bad choice", f"PUT {P}/users/ray/access", {"chart_notes": "ALL"}, {"chart_notes"}),
    Bad("no object at all", SHEET, b"[]", set(), 400, "unreadable"),
    Bad("the same switch twice", SHEET, b'{"admin": true, "admin": false}', set(), 400, "unreadable"),
    Bad("a plan that is none", SHEET, {"admin": True, "plan": "sha256:1"}, {"plan"}),
    Bad("settings", f"PATCH {P}", {"name": "", "blank_erx_level": "half", "id": 1}, {"name", "blank_erx_level", "id"}),
    Bad("an owner who is none", f"PUT {P}/owner", {"user": "-"}, {"user"}),
    Bad(
        "a practice",
        "POST /v1/practices",
        {"id": "No Such Id", "name": LONG, "owner": {"id": "?", "email": "x", "name": "", "shoe": 1}},
        {"id", "name", "owner.id", "owner.email", "owner.name", "owner.shoe"},
        by="user:op",
    ),
    Bad("a guest", f"PUT {P}/guests/far", {"seat": "x", "access": {"analytics": "b"}}, {"seat", "access.analytics"}),
    Bad(
        "a role",
        f"POST {P}/roles",
        {
            "id": "no such",
            "name": LONG,
            "permissions": [
                {"resource": "claim", "action": "reed"},
                {"resource": "claims", "action": "read"},
                {"resource": "claim", "action": "read", "condition": "whenever"},
                {"resource": "claim"},
                {"resource": "chart_note", "action": "sign"},
                {"resource": "claim", "action": "read", "effect": "allow"},
                {"resource": "claim", "action": "read"},
            ],
        },
        {
            *("id", "name", "permissions.0", "permissions.1", "permissions.2", "permissions.3.action"),
            *("permissions.4", "permissions.5.effect"),
        },
    ),
    Bad("a role of nothing", f"POST {P}/roles", {"id": "a", "name": "A"}, {"permissions"}),
    Bad(
        "an analytics role",
        f"POST {P}/analytics-roles",
        {"id": "", "name": "\n", "reports": ["fin.payments", "fin.payment", 1]},
        {"id", "name", "reports.1", "reports.2"},
    ),
    Bad(
        "an end that is past, and more",
        GRANT,
        {"expires_at": PAST, "role": "x"},
        {"expires_at", "role"},
    ),
    Bad("an end without its offset", GRANT, {"expires_at": PAST[:-1]}, {"expires_at"}),
    Bad("a request", ASK, {"kind": "pay_rise", "user": ""}, {"kind", "user"}, by="user:lee"),
    Bad("a request for oneself", ASK, {"kind": "erx_enablement", "user": "lee"}, {"user"}, by="user:lee"),
    Bad(
        "an emergency",
        f"POST {P}/emergency-access",
        {"patient": " ", "minutes": 241, "hours": 4},
        {"patient", "minutes", "hours", "reason"},
        by="user:sue",
    ),
    Bad(
        "an emergency without a reason", f"POST {P}/emergency-access", {"patient": "p1", "minutes": 9}, {"reason"},
        by="user:sue",
    ),
    Bad(
        "a key",
        "POST /v1/keys",
        {"subject": "role:admin", "label": LONG, "practice": "North Side", "expires_at": PAST, "token": "azk_mine"},
        {"subject", "label", "practice", "expires_at", "token"},
        by="user:op",
    ),
]  # fmt: skip

MANY: Final = 20_000
TOO_LONG: Final = [
    Bad(f"{MANY} {what}", call, {**body, field: [each] * MANY}, {field})
    for what, call, body, field, each in (
        ("aliases", ADD, GOOD, "aliases", "x"),
        ("aliases more", EDIT, {}, "aliases", "b@x.example"),
        ("reports", f"PUT {P}/analytics-roles/accountant", {"name": "A"}, "reports", "fin.daily_deposit"),
        ("permissions", f"PUT {P}/roles/front-desk-lead", {"name": "A"}, "permissions", {"resource": "claims"}),
    )
]
QUERIES: Final = [
    Bad("a bad cursor", f"GET {P}/users?cursor=%00", None, {"cursor"}),
    Bad("a bad page", f"GET {P}/users?limit=0&sort=name&status=gone", None, {"limit", "sort", "status"}),
    Bad("bad filters", f"GET {P}/audit?since=monday&until=1&who=me", None, {"since", "until", "who"}),
    Bad("a dry run, perhaps", f"{SHEET}?dry_run=perhaps", {"admin": True}, {"dry_run"}),
    Bad("two reasons", f"{SHEET}?reason=a", {"admin": True, "reason": "b"}, {"reason"}),
]


def send(furnished: Furnished, bad: Bad, **headers: str) -> Any:
    method, path = bad.call.split(" ")
    return furnished.server.call(method, path, bad.body, token=furnished.world.tokens[bad.by], headers=headers)


@pytest.mark.parametrize("bad", [*SHAPES, *TOO_LONG, *QUERIES], ids=str)
def test_every_bad_field_is_named_and_nothing_is_written(furnished: Furnished, bad: Bad) -> None:
    before = furnished.dump()
    answer = send(furnished, bad)
    assert (answer.status, answer.code) == (bad.status, bad.code), answer.json
    assert {error["path"] for error in answer.json.get("errors", [])} == bad.paths
    assert "allowed" not in answer.json
    assert furnished.dump() == before


@pytest.mark.parametrize("given", ["x", '"x"', '"1', "-1", '"99999999999999999"', '"1", "2"'])
def test_a_condition_that_is_none_is_named(furnished: Furnished, given: str) -> None:
    before = furnished.dump()
    answer = send(furnished, Bad("", SHEET, {"admin": True}), **{"If-Match": given})
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "If-Match")
    assert furnished.dump() == before
