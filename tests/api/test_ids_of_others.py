"""The id of something in another practice is told exactly what an id of nothing is told."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from authz.core.people import Emergency
from authz.managing import Wish
from authz.policies.switches import default_sheet
from tests.api.conftest import ACTOR, SOUTHSIDE, by
from tests.api.furnished import Furnished, furnished

__all__ = ["furnished"]
P: Final = "/v1/practices/northside"
ELSEWHERE: Final = [
    ("PATCH", "users/{user}", {"name": "N"}),
    ("PUT", "users/{user}/email", {"email": "n@x.example"}),
    ("GET", "users/{user}/access", None),
    ("PUT", "users/{user}/access", {"admin": True}),
    ("PATCH", "users/{user}/access", {"admin": True}),
    ("POST", "users/{user}/deactivate", {}),
    ("POST", "users/{user}/reactivate", {}),
    ("GET", "users/{user}", None),
    ("GET", "users/{user}/permissions", None),
    ("DELETE", "guests/{user}", None),
    ("PUT", "owner", {"user": "{user}"}),
    ("PUT", "grants/claims-editor/user:{user}", {}),
    ("PATCH", "users/ray", {"cosigner": "{user}", "supervisor": "{user}"}),
    ("PATCH", "users/ray/access", {"analytics": "{analytics}", "chart_notes": "some"}),
    ("POST", "users", {"email": "n@x.example", "name": "N", "access": {"analytics": "{analytics}"}}),
    ("PUT", "grants/{role}/user:ray", {}),
    ("PUT", "grants/{analytics}/user:ray", {}),
    ("DELETE", "grants/claims-editor/user:{user}", None),
    ("GET", "grants?subject=user:{user}", None),
    ("GET", "users?search={user}", None),
    ("GET", "requests?user={user}", None),
    ("POST", "requests", {"kind": "paid_seat", "user": "{user}"}),
    ("GET", "roles/{role}", None),
    ("DELETE", "roles/{role}", None),
    ("GET", "analytics-roles/{analytics}", None),
    ("DELETE", "analytics-roles/{analytics}", None),
    ("POST", "requests/{request}/approve", {}),
    ("POST", "requests/{request}/deny", {}),
    ("POST", "emergency-access/{emergency}/end", {}),
    ("POST", "emergency-access/{emergency}/review", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), ELSEWHERE, ids=[f"{m} {p}" for m, p, _ in ELSEWHERE])
def test_what_is_another_practices_is_like_what_is_nowhere(
    furnished: Furnished, elsewhere: dict[str, str], method: str, path: str, body: Any
) -> None:
    before = furnished.dump()
    answers = []
    for names in (elsewhere, {kind: f"zz{n}" for n, kind in enumerate(elsewhere)}):
        told = json.loads(filled(json.dumps(body), names))
        answer = furnished.server.call(
            method, f"{P}/{filled(path, names)}", told, token=furnished.world.tokens["user:omar"]
        )
        answers.append((answer.status, reduced(answer.body.decode(), names)))
    assert answers[0] == answers[1]
    assert answers[0][0] in ((404, 409, 422) if "?" not in path else (200, 422))
    assert furnished.dump() == before


@pytest.fixture(scope="module")
def elsewhere(furnished: Furnished) -> dict[str, str]:
    """The ids of things that are there, in the other practice."""
    services, listed = furnished.world.services, default_sheet(emergency_access=True)
    services.people.add(ACTOR, SOUTHSIDE, "bo", "bo@southside.example", "Bo", sheet=listed)
    services.roles.put_role(ACTOR, SOUTHSIDE, "south-lead", "Lead", [Wish("claim", "read")])
    services.roles.put_analytics_role(ACTOR, SOUTHSIDE, "south-takings", "Takings", ["fin.payments"])
    services.people.add(by("sadm"), SOUTHSIDE, "mavis", "mavis@southside.example", "Mavis", "provider")
    [request] = services.store.access_requests(SOUTHSIDE)
    emergency = services.emergencies.start(by("bo", "collapse"), SOUTHSIDE, "p9", 60).answer
    assert isinstance(emergency, Emergency)
    return {
        "user": "mavis",
        "role": "south-lead",
        "analytics": "south-takings",
        "request": request.id,
        "emergency": emergency.id,
    }


def filled(text: str, names: dict[str, str]) -> str:
    """The text with ids in the places of `{kind}`."""
    for kind, id in names.items():
        text = text.replace(f"{{{kind}}}", id)
    return text


def reduced(text: str, names: dict[str, str]) -> str:
    """An answer without the ids that were asked for."""
    for kind, id in names.items():
        text = text.replace(id, f"{{{kind}}}")
    return text


def test_who_may_not_see_a_practices_roles_finds_none_out_by_a_bad_sheet(furnished: Furnished) -> None:
    for caller in ("user:joe", "user:sadm", "service:charting"):
        token, told = furnished.world.tokens[caller], []
        for analytics in ("accountant", "accountent", "nobody"):
            body = {"chart_notes": "some", "analytics": analytics, "erx_level": "fulll"}
            answer = furnished.server.call("PATCH", f"{P}/users/ray/access", body, token=token)
            told.append((answer.status, answer.body))
        assert told[1:] == told[:-1]
