"""The rows of the checklist about addresses, shapes and pages, in all three practices, and a count of all the rows."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.interop.conftest import PUBLIC_URL, Interop, entity
from tests.interop.test_rows import ENDPOINTS, Scenario, body_for, each, refused

pytestmark = pytest.mark.parametrize("interop", ["sqlite"], indirect=True)
KINDS: Final = ("subject", "resource", "action")
ROWS: Final = {"G": 6, "I": 7, "E": 7, "B": 16, "S": 12, "P": 10, "T": 14, "R": 3, "M": 15, "X": 8}
NOT_OURS: Final = {
    "G2": "allows extensions, and ours are extra fields and addresses alone",
    "G4": "recommends OAuth and leaves authentication open",
    "I7": "allows the words of other standards in a context",
    "M9": "is the client's to keep",
    "M13": "is the client's to keep",
    "X1": "is kept by whatever ends TLS in front of the service",
    "X6": "allows decisions to be signed",
    "X8": "says whom a client trusts",
}
_ROW: Final = re.compile("[GIEBSPTRMXgiebsptrmx][0-9]+")


def rows_named(folder: Path) -> set[str]:
    """The rows that the tests of a folder are named after."""
    found: set[str] = set()
    for path in folder.glob("test_*.py"):
        functions = (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef))
        named = (node.name.split("_")[1:] for node in functions if node.name.startswith("test_"))
        found.update(word.upper() for words in named for word in words if _ROW.fullmatch(word))
    return found


def test_every_row_has_a_test_that_is_named_after_it_or_is_not_for_a_decision_point_to_keep(interop: Interop) -> None:
    rows = {f"{lead}{number}" for lead, last in ROWS.items() for number in range(1, last + 1)}
    here = Path(__file__).parent
    assert rows_named(here) | rows_named(here.with_name("authzen")) == rows - NOT_OURS.keys()


@each
def test_G1_T13_an_answer_holds_what_is_defined_and_nothing_that_is_null(interop: Interop, at: Scenario) -> None:
    defined = {"decision", "context", "evaluations", "page", "results"}
    for endpoint in ENDPOINTS:
        body = {**body_for(at, endpoint), "page": {"limit": 1}, "context": {"explain": True}}
        told = interop.ask(at.practice, endpoint, body)
        assert told.json.keys() <= defined
        assert b"null" not in told.body


@each
def test_G3_G5_G6_T4_T5_each_endpoint_is_where_the_default_path_leads_and_speaks_json(
    interop: Interop, at: Scenario
) -> None:
    told = interop.server.call("GET", f"/.well-known/authzen-configuration/practices/{at.practice}").json
    base = urlsplit(told["policy_decision_point"]).path
    for name, endpoint in (
        ("access_evaluation_endpoint", "evaluation"),
        ("access_evaluations_endpoint", "evaluations"),
        *((f"search_{kind}_endpoint", f"search/{kind}") for kind in KINDS),
    ):
        path = urlsplit(told[name]).path
        assert path == f"{base}/access/v1/{endpoint}"
        token = interop.keys[f"service:{at.practice}"]
        answer = interop.server.call("POST", path, body_for(at, endpoint), token=token)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")


@each
def test_I1_I2_I3_I4_what_entities_hold_is_what_it_should_be(interop: Interop, at: Scenario) -> None:
    of_any_kind = {"a": "x", "b": 7, "c": 1.5, "d": True, "e": None, "f": [{}], "g": {"h": []}}
    for name in ("subject", "action", "resource"):
        assert interop.decides(at.practice, {**at.yes, name: {**at.yes[name], "properties": of_any_kind}})
        for wrong in ([], "x", 7, True):
            refused(interop.ask(at.practice, "evaluation", {**at.yes, name: {**at.yes[name], "properties": wrong}}))
    assert interop.decides(at.practice, {**at.yes, "context": of_any_kind})
    assert interop.decides(at.practice, {name: at.yes[name] for name in ("subject", "action", "resource")})


@each
def test_I5_I6_a_context_comes_when_it_is_asked_for(interop: Interop, at: Scenario) -> None:
    for body, decision in ((at.yes, True), (at.no, False)):
        told = interop.ask(at.practice, "evaluation", {**body, "context": {"explain": True}}).json
        assert told["decision"] is decision
        assert told["context"].keys() == {"reason_admin", "reason_user"}


@each
def test_B1_B14_items_are_independent_and_too_many_are_refused_whole(interop: Interop, at: Scenario) -> None:
    items = [{**at.yes, "context": {"explain": True}}, at.no, {"subject": 7}, at.yes]
    told = interop.ask(at.practice, "evaluations", {"evaluations": items}).json["evaluations"]
    alone = [interop.ask(at.practice, "evaluations", {"evaluations": [item]}).json["evaluations"][0] for item in items]
    assert told == alone
    assert interop.ask(at.practice, "evaluations", {"evaluations": [at.yes] * 1000}).status == 200
    refused(interop.ask(at.practice, "evaluations", {"evaluations": [at.yes] * 1001}))


@each
@pytest.mark.parametrize("kind", KINDS)
def test_P2_P3_P5_a_part_has_a_token_and_tells_how_much_it_holds(interop: Interop, at: Scenario, kind: str) -> None:
    whole = interop.finds(at.practice, kind, at.search(kind))
    for limit in (0, 1, len(whole), len(whole) + 1):
        told = interop.ask(at.practice, f"search/{kind}", at.search(kind, page={"limit": limit})).json
        assert told["results"] == whole[:limit]
        assert told["page"]["count"] == len(told["results"])
        assert type(told["page"]["next_token"]) is str
        assert told["page"]["next_token"] or told["results"] == whole


@each
@pytest.mark.parametrize("page", [{"x": 1}, {"properties": {"sort": "id"}}, {"token": ""}, {}, None], ids=repr)
def test_P9_what_is_unknown_in_a_page_is_ignored(interop: Interop, at: Scenario, page: object) -> None:
    for kind in KINDS:
        told = interop.ask(at.practice, f"search/{kind}", at.search(kind, page=page)).json
        assert told["results"] == interop.finds(at.practice, kind, at.search(kind))


@each
def test_T10_members_may_stand_in_any_order(interop: Interop, at: Scenario) -> None:
    def turned(value: Any) -> Any:
        return {n: turned(v) for n, v in reversed(value.items())} if isinstance(value, dict) else value

    for endpoint in ENDPOINTS:
        body = body_for(at, endpoint)
        assert interop.ask(at.practice, endpoint, turned(body)).body == interop.ask(at.practice, endpoint, body).body


@each
def test_T11_X7_what_is_too_large_is_refused(interop: Interop, at: Scenario) -> None:
    for endpoint in ENDPOINTS:
        refused(interop.ask(at.practice, endpoint, {**body_for(at, endpoint), "x": "x" * 1_048_576}), 413)


@each
def test_T14_an_integer_is_a_number_without_a_fraction(interop: Interop, at: Scenario) -> None:
    for limit, status in ((b"1", 200), (b"1.0", 200), (b"1e0", 200), (b"1.5", 400), (b"true", 400), (b'"1"', 400)):
        body = b'{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"record","id":"1"},'
        answer = interop.ask(at.practice, "search/subject", body + b'"page":{"limit":%b}}' % limit)
        assert answer.status == status, limit


@each
def test_M7_M14_no_capability_is_invented_and_the_document_may_be_kept(interop: Interop, at: Scenario) -> None:
    answer = interop.server.call("GET", f"/.well-known/authzen-configuration/practices/{at.practice}")
    assert "capabilities" not in answer.json
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert all(value.startswith(f"{PUBLIC_URL}/practices/{at.practice}") for value in answer.json.values())


@each
def test_X2_X5_whoever_asks_is_known_and_is_believed_in_their_own_practice_alone(
    interop: Interop, at: Scenario
) -> None:
    elsewhere = {"practice": "records", "tenant": "records", "domain": "records"}
    assert interop.decides(at.practice, {**at.yes, **elsewhere, "context": elsewhere})
    liar = entity("user", "nobody", role="admin", email="rick@the-citadel.com", department="Legal")
    assert not interop.decides(at.practice, {**at.yes, "subject": liar})
