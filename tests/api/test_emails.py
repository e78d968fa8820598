"""An address is one person's in the whole installation; whoever asks for a taken one learns nothing more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from authz.core.names import Subject
from authz.managing import Details
from tests.api.conftest import ACTOR, NORTHSIDE, SOUTHSIDE, World, made_world
from tests.api.issuing import AUDIENCE, IssuerOnLoopback
from tests.api.serving import Answer, Server, served
from tests.managing.test_every_write import dump

P: Final = "/v1/practices/northside"
NOTE: Final = {"type": "chart_note", "id": "n1", "attributes": {"author": "user:ray", "state": "draft"}}
TAKEN: Final = {
    "at home": "lee@northside.example",
    "elsewhere": "far@southside.example",
    "the owner elsewhere": "SADM@southside.example",
    "outside all practices": "Op@Example.org",
    "an alias at home": "doc@northside.example",
    "an alias elsewhere": "m\u00fcller@k\u00f6ln.example",
    "in capitals": "M\u00dcLLER@K\u00d6LN.EXAMPLE",
    "taken apart": "mu\u0308ller@ko\u0308ln.example",
    "by its ASCII form": "m\u00fcller@xn--kln-sna.example",
    "by its ASCII form in capitals": "M\u00dcLLER@XN--KLN-SNA.example",
    "in full width": "\uff46\uff41\uff52@\uff53outhside.example",
    "with a full stop of another script": "far@mail\u3002southside.example",
    "sharp s": "gro\u00df@stra\u00dfe.example",
    "sharp s as two": "GROSS@STRASSE.example",
    "sharp s by its ASCII form": "gross@xn--strae-oqa.example",
    "a Turkish i": "\u0130pek@northside.example",
    "a Turkish i as two": "i\u0307PEK@northside.example",
    "a ligature": "\ufb01ona@northside.example",
    "white space around it": "  far@southside.example\t",
    "of somebody who left": "joe@northside.example",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, issuer: IssuerOnLoopback) -> Iterator[tuple[World, Server]]:
    folder = tmp_path_factory.mktemp("emails")
    with made_world(folder) as world:
        people = world.services.people
        people.edit(ACTOR, NORTHSIDE, Subject.user("lee"), Details(aliases=["doc@northside.example"]))
        aliases = ["m\u00fcller@k\u00f6ln.example", "gross@strasse.example", "far@mail.southside.example"]
        people.edit(ACTOR, SOUTHSIDE, Subject.user("far"), Details(aliases=aliases))
        for id in ("\u0130pek", "FIONA"):
            people.add(ACTOR, NORTHSIDE, None, f"{id}@northside.example", id)
        world.services.memberships.deactivate(ACTOR, NORTHSIDE, Subject.user("joe"))
        settings = {
            "AUTHZ_DATABASE_URL": world.url,
            "AUTHZ_JWT_ISSUER": issuer.url,
            "AUTHZ_JWT_AUDIENCE": AUDIENCE,
        }
        with served(folder, settings) as server:
            yield world, server


def call(place: tuple[World, Server], method: str, path: str, body: Any = None, by: str = "user:omar") -> Answer:
    world, server = place
    return server.call(method, path, body, token=world.tokens[by])


WAYS: Final = [
    ("POST", f"{P}/users", lambda taken: {"email": taken, "name": "Bea"}, "user:omar"),
    ("POST", f"{P}/users", lambda taken: {"email": "b@x.example", "name": "Bea", "aliases": [taken]}, "user:omar"),
    ("PUT", f"{P}/users/ray/email", lambda taken: {"email": taken}, "user:omar"),
    ("PUT", f"{P}/users/ray/email", lambda taken: {"email": taken}, "user:ray"),
    ("PATCH", f"{P}/users/ray", lambda taken: {"aliases": ["r@x.example", taken]}, "user:omar"),
    (
        "POST",
        "/v1/practices",
        lambda taken: {"id": "west", "name": "West", "owner": {"id": "wes", "email": taken, "name": "Wes"}},
        "user:op",
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "by"), WAYS, ids=[f"{m} {p} {b}" for m, p, _, b in WAYS])
def test_a_taken_address_is_a_conflict_that_never_says_where(
    place: tuple[World, Server], method: str, path: str, body: Any, by: str
) -> None:
    rows, said = dump(place[0].url), {}
    for how, taken in TAKEN.items():
        for query in ("", "?dry_run=true"):
            answer = call(place, method, path + query, body(taken), by)
            assert (how, answer.status, answer.code) == (how, 409, "email_taken")
            said[how, query] = (answer.body, sorted(set(answer.headers) - {"Date"}))
    [told] = {repr(each) for each in said.values()}
    for word in ("southside", "far", "lee", "northside", "alias of"):
        assert word not in told
    assert dump(place[0].url) == rows


def test_an_address_that_only_looks_alike_is_another(place: tuple[World, Server]) -> None:
    for other in (
        "f\u0430r@southside.example",
        "\u0131pek@northside.example",
        "far+1@southside.example",
        "fa.r@southside.example",
    ):
        query = f"{P}/users?dry_run=true"
        assert (other, call(place, "POST", query, {"email": other, "name": "Bea"}).status) == (other, 200)


def test_an_address_given_up_is_free_and_an_alias_may_be_used_instead_of_a_taken_one(
    place: tuple[World, Server],
) -> None:
    body = {"email": "bea@northside.example", "name": "Bea", "id": "bea", "aliases": ["front.desk@northside.example"]}
    assert call(place, "POST", f"{P}/users", body).status == 201
    assert call(place, "POST", f"{P}/users", {"email": "Front.Desk@Northside.example", "name": "Al"}).status == 409
    assert call(place, "PATCH", f"{P}/users/bea", {"aliases": []}).status == 200
    assert call(place, "POST", f"{P}/users", {"email": "Front.Desk@Northside.example", "name": "Al"}).status == 201
    assert call(place, "PUT", f"{P}/users/bea/email", {"email": "b@northside.example"}).status == 200
    assert call(place, "PATCH", f"{P}/users/ray", {"aliases": ["bea@northside.example"]}).status == 200
    again = call(place, "PUT", f"{P}/users/bea/email", {"email": "BEA@northside.example"})
    assert (again.status, again.code) == (409, "email_taken")


def test_another_address_ends_older_sessions_and_keeps_everything_else(
    place: tuple[World, Server], issuer: IssuerOnLoopback
) -> None:
    server = place[1]

    def kept() -> list[Any]:
        shown = call(place, "GET", f"{P}/users/ray").json
        paths = ("permissions", "access")
        rest = [call(place, "GET", f"{P}/users/ray/{path}").json for path in paths]
        rest.append(call(place, "GET", f"{P}/grants?subject=user:ray").json)
        return [
            {name: value for name, value in one.items() if name not in ("email", "revision")} for one in (shown, *rest)
        ]

    def edits(**context: str) -> tuple[bool, str]:
        body = {"practice": "northside", "subject": "user:ray", "action": "edit", "resource": NOTE, "context": context}
        answer = call(place, "POST", "/v1/check", body, "service:charting").json
        return answer["allowed"], answer["reason"]

    call(place, "PATCH", f"{P}/users/ray", {"phone": "+1 555 0100", "cosigner": "lee", "aliases": ["ray.o@x.example"]})
    before, began = kept(), datetime.now(UTC) - timedelta(seconds=1)
    old = issuer.token(sub="ray", iat=int(time.time()) - 60, auth_time=int(time.time()) - 60)
    assert server.call("GET", "/v1/vocabulary", token=old).status == 200
    assert edits(authenticated_at=began.isoformat()) == (True, "granted")
    changed = call(place, "PUT", f"{P}/users/ray/email", {"email": "raymond@x.example", "reason": "married"})
    assert (changed.status, changed.json["email"], changed.json["effects"]) == (200, "raymond@x.example", [])
    assert kept() == before
    assert edits(authenticated_at=began.isoformat()) == (False, "session_ended")
    assert edits(authenticated_at=datetime.now(UTC).isoformat()) == (True, "granted")
    assert edits() == (True, "granted")
    assert server.call("GET", "/v1/vocabulary", token=old).status == 401
    fresh = issuer.token(sub="ray", auth_time=int(time.time()) + 2)
    assert server.call("GET", "/v1/vocabulary", token=fresh).status == 200
    same = call(place, "PUT", f"{P}/users/ray/email", {"email": "raymond@x.example"})
    assert (same.status, same.json["revision"]) == (200, changed.json["revision"])
    [event] = call(place, "GET", f"{P}/audit?action=email_changed&subject=user:ray").json["items"]
    assert (event["actor"], event["reason"], event["after"]) == ("user:omar", "married", {"email": "raymond@x.example"})


def test_people_change_their_own_address_and_nobody_elses(place: tuple[World, Server]) -> None:
    assert call(place, "PUT", f"{P}/users/sue/email", {"email": "sue@x.example"}, "user:sue").status == 200
    for who, by, status in (("lee", "user:sue", 403), ("lee", "service:charting", 403), ("lee", "user:sadm", 404)):
        answer = call(place, "PUT", f"{P}/users/{who}/email", {"email": "new@x.example"}, by)
        assert (by, answer.status) == (by, status)
