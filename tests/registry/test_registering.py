"""What is registered is kept exactly, recorded, and found again; what cannot be meant is refused whole."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.api.conftest import NORTHSIDE, World
from tests.api.serving import Server
from tests.registry.conftest import RESOURCES, Call

NOTE = {"author": "user:ray", "state": "draft"}


def test_what_is_stored_is_read_back_changed_and_forgotten(call: Call) -> None:
    one = f"{RESOURCES}/chart_note/kept"
    assert call("GET", one).status == 404
    stored = call("PUT", one, {"attributes": NOTE})
    assert (stored.status, stored.json["attributes"]) == (200, NOTE)
    assert call("GET", one).json == {
        "type": "chart_note", "id": "kept", "attributes": NOTE, "revision": stored.json["revision"]
    }  # fmt: skip
    assert call("PUT", one, {"attributes": {"state": "signed"}}).status == 200
    assert call("GET", one).json["attributes"] == {"state": "signed"}
    assert call("DELETE", one).status == 200
    assert (call("GET", one).status, call("DELETE", one).status) == (404, 404)


def test_the_same_again_writes_nothing(call: Call) -> None:
    one = f"{RESOURCES}/chart_note/same"
    first, again = (call("PUT", one, {"attributes": NOTE}).json["revision"] for _ in range(2))
    assert first == again


def test_each_change_is_recorded_with_what_was_and_what_is(call: Call) -> None:
    call("PUT", f"{RESOURCES}/chart_note/told", {"attributes": NOTE, "reason": "signed on paper"})
    call("PUT", f"{RESOURCES}/chart_note/told", {"attributes": {"state": "signed"}})
    call("DELETE", f"{RESOURCES}/chart_note/told")
    page = call("GET", "/v1/practices/northside/audit?subject=chart_note:told", None, "user:omar").json["items"]
    name = "chart_note:told"
    assert [(e["action"], e["actor"], e["before"], e["after"], e["reason"]) for e in page] == [
        ("resources_registered", "service:intake", {}, {name: NOTE}, "signed on paper"),
        ("resources_registered", "service:intake", {name: NOTE}, {name: {"state": "signed"}}, ""),
        ("resources_registered", "service:intake", {name: {"state": "signed"}}, {}, ""),
    ]


def test_many_are_stored_and_forgotten_at_once(call: Call) -> None:
    call("PUT", RESOURCES, {"resources": [{"type": "patient", "id": f"p{n}"} for n in range(3)]})
    body = {
        "resources": [{"type": "claim", "id": "c1", "attributes": {"state": "draft"}}, {"type": "patient", "id": "p9"}],
        "remove": [{"type": "patient", "id": "p0"}, {"type": "patient", "id": "never there"}],
    }
    assert call("PUT", RESOURCES, body).json["changed"] == 3
    listed = call("GET", f"{RESOURCES}/patient").json["items"]
    assert [one["id"] for one in listed] == ["p1", "p2", "p9"]


def test_a_list_goes_on_where_the_page_before_ended(call: Call) -> None:
    ids = sorted(f"t{n:02}" for n in range(25))
    call("PUT", RESOURCES, {"resources": [{"type": "task", "id": id} for id in ids]})
    found, cursor = [], ""
    while cursor is not None:
        page = call("GET", f"{RESOURCES}/task?limit=10{f'&cursor={cursor}' if cursor else ''}").json
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert found == ids


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"resources": [{"type": "chart_notes", "id": "n"}]}, {"resources.0.type"}),
        ({"resources": [{"type": "decision", "id": "d1"}]}, {"resources.0.type"}),
        ({"resources": [{"type": "chart_note", "id": ""}]}, {"resources.0.id"}),
        ({"resources": [{"type": "chart_note", "id": "n" * 201}]}, {"resources.0.id"}),
        (
            {"resources": [{"type": "chart_note", "id": "n", "attributes": {"state": "lost", "autor": "user:lee"}}]},
            {"resources.0.attributes.state", "resources.0.attributes.autor"},
        ),
        ({"resources": [{"type": "task", "id": "t", "attributes": {"owner": "x"}}]}, {"resources.0.attributes.owner"}),
        ({"resources": [{"type": "user", "id": "no body"}]}, {"resources.0.id"}),
        ({"resources": [{"type": "patient", "id": "p"}] * 2}, {"resources"}),
        ({"resources": [{"type": "patient", "id": "p"}], "remove": [{"type": "patient", "id": "p"}]}, {"resources"}),
        ({"remove": [{"type": "patient", "id": f"p{n}"} for n in range(1001)]}, {"remove"}),
        ({"resources": [{"type": "patient"}, {"id": "n"}]}, {"resources.0.id", "resources.1.type"}),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named_and_nothing_is_written(
    call: Call, registering: tuple[World, Server], body: dict[str, object], paths: set[str]
) -> None:
    before = registering[0].services.store.revision(NORTHSIDE)
    refused = call("PUT", RESOURCES, body)
    assert (refused.status, {error["path"] for error in refused.json["errors"]}) == (422, paths)
    assert registering[0].services.store.revision(NORTHSIDE) == before


def test_only_a_registrar_of_the_practice_registers(call: Call) -> None:
    for caller in ("user:omar", "user:rev", "service:charting", "user:op"):
        assert call("PUT", f"{RESOURCES}/patient/p1", {"attributes": {}}, caller).status == 403
    assert call("PUT", f"{RESOURCES}/patient/p1", {"attributes": {}}, "service:intake in southside").status == 404
    assert call("GET", f"{RESOURCES}/patient", None, "user:rev").status == 200
    assert call("GET", f"{RESOURCES}/patient", None, "user:joe").status == 403


def test_a_registrar_is_a_service(call: Call) -> None:
    refused = call("PUT", "/v1/practices/northside/grants/registrar/user:lee", {}, "user:op")
    assert (refused.status, "for services" in refused.json["errors"][0]["message"]) == (422, True)


@pytest.mark.parametrize("written", ["%FF", "n%FF", "%C3", "%ED%A0%80", "%C0%AF"])
def test_an_id_that_is_no_text_names_no_resource(call: Call, written: str) -> None:
    one = f"{RESOURCES}/chart_note/{written}"
    assert {call(method, one, {"attributes": NOTE}).status for method in ("PUT", "DELETE")} == {404}
    assert (call("GET", one).status, call("GET", f"{RESOURCES}/{written}").status) == (404, 404)


def test_an_id_may_hold_any_letter_that_is_written_as_utf_8(call: Call) -> None:
    for written in ("%C3%A9", "%EF%BF%BD", "%F0%9F%98%80"):
        one = f"{RESOURCES}/chart_note/{written}"
        assert call("PUT", one, {"attributes": NOTE}).json["id"] == unquote(written)
        assert call("DELETE", one).json["id"] == unquote(written)
