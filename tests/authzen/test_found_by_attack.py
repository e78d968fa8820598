"""What attacks on the AuthZEN interface and the registry have found, each as it was found."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from authz.api.authzen import meaning, shapes
from authz.asgi import doors
from authz.core.errors import BadPolicy
from authz.core.names import Practice
from authz.policies import registering
from authz.policies.pack import read_pack
from authz.settings import BadSettings, Settings
from tests.api.conftest import World, world_in
from tests.api.serving import Server, served
from tests.authzen.conftest import NOTE, YES, Ask
from tests.postgresql import Server as PostgreSQL

RESOURCES = "/v1/practices/northside/resources"
LONG = "x" * 100_000


def nested(depth: int) -> object:
    found: object = 1
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize("depth", [250, 254, 300, 800, 2000])
def test_a_question_with_a_deeply_nested_context_is_answered_alike_in_the_lane_and_behind_it(
    ask: Ask, server: Server, charting: str, depth: int
) -> None:
    body = b'{"subject":{"type":"user","id":"ray"},"action":{"name":"edit"},"resource":{"type":"chart_note",'
    body += b'"id":"n1","properties":{"author":"user:ray","state":"draft"}},"context":{"far":%s}}'
    body %= b"[" * depth + b"]" * depth
    in_lane, behind = (ask("evaluation", body), ask("evaluation?behind", body))
    assert in_lane.status in (200, 400)
    assert (in_lane.status, in_lane.body) == (behind.status, behind.body)


def test_evaluations_nested_deeply_end_no_connection(ask: Ask) -> None:
    item = {**YES, "context": {"far": nested(260)}}
    assert ask("evaluations", {"evaluations": [item, YES]}).json == {
        "evaluations": [{"decision": True}, {"decision": True}]
    }


def test_a_paged_search_nested_too_deeply_for_a_token_is_the_caller_s_mistake(ask: Ask) -> None:
    body = {"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "task", "id": "t1"}}
    answer = ask("search/subject", {**body, "context": {"far": nested(260)}, "page": {"limit": 0}})
    assert (answer.status, answer.json["error"]["message"]) == (400, "the body is nested too deeply")


@pytest.mark.parametrize("number", [2**64, 10**20 - 1, -(2**63) - 1])
def test_an_integer_beyond_64_bits_is_read_alike_in_the_lane_and_behind_it(ask: Ask, number: int) -> None:
    body = {**YES, "resource": {**NOTE, "properties": {**NOTE["properties"], "patient": number}}}
    assert ask("evaluation", body).body == ask("evaluation?behind", body).body


@pytest.mark.parametrize("number", [2**64, 10**20 - 1, -(2**63) - 1])
def test_a_paged_search_may_hold_an_integer_beyond_64_bits(ask: Ask, number: int) -> None:
    body = {"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "task", "id": "t1"}}
    assert ask("search/subject", {**body, "context": {"far": number}, "page": {"limit": 0}}).status == 200


def held_of(text: str) -> int:
    """How many references there are to a text, the caller's own among them."""
    gc.collect()
    return sys.getrefcount(text)


@pytest.mark.parametrize("part", ["subject.type", "subject.id", "action.name", "resource.type", "resource.id"])
def test_a_name_too_long_to_be_one_is_not_remembered(part: str) -> None:
    text = f"{LONG}{part}"
    before = held_of(text)
    entities = {
        "subject": {"type": "user", "id": "ray"},
        "action": {"name": "edit"},
        "resource": {"type": "chart_note", "id": "n1"},
    }
    entity, field = part.split(".")
    entities[entity][field] = text
    assert meaning.meant(Practice("northside"), shapes.evaluation(entities)).request is None
    del entities
    assert held_of(text) == before


def test_nothing_is_remembered_of_types_and_addresses_that_are_none() -> None:
    text, path = f"{LONG}type", b"/practices/" + b"x" * 5000
    before = held_of(text), sys.getrefcount(path)
    assert registering.storable(text) is None
    assert doors.door_at(path) is None
    assert (held_of(text), sys.getrefcount(path)) == before


@pytest.mark.parametrize("named", [{"type": "\0", "id": "n1"}, {"type": "chart_note", "id": "n\0"}])
def test_what_no_database_can_hold_is_refused_where_it_would_be_forgotten(
    postgresql: PostgreSQL, tmp_path: Path, named: dict[str, str]
) -> None:
    with (
        postgresql.database() as url,
        world_in(url) as world,
        served(tmp_path, {"AUTHZ_DATABASE_URL": url}) as server,
    ):
        answer = server.call("PUT", RESOURCES, {"remove": [named]}, token=world.tokens["service:intake"])
    assert answer.status == 422
    assert [one["message"] for one in answer.json["errors"]] == ["must not hold control characters"]


@pytest.mark.parametrize("field", ["resources", "remove"])
def test_a_list_of_more_than_a_thousand_is_refused_before_any_of_it_is_read(
    server: Server, world: World, field: str
) -> None:
    answer = server.call("PUT", RESOURCES, {field: [{}] * 1001}, token=world.tokens["service:intake"])
    assert (answer.status, answer.json["errors"]) == (
        422,
        [{"path": field, "message": "must not be more than 1000 at once"}],
    )


def test_a_batch_of_more_than_a_thousand_checks_is_refused_before_any_of_it_is_read(
    server: Server, charting: str
) -> None:
    body = {"practice": "northside", "checks": [{}] * 1001}
    answer = server.call("POST", "/v1/check/batch", body, token=charting)
    assert (answer.status, answer.json["errors"]) == (
        422,
        [{"path": "checks", "message": "must hold 1 to 1000 checks"}],
    )


def test_settings_with_hundreds_of_unknown_types_get_hints_for_the_first_only(server: Server, world: World) -> None:
    body = {"supplied": {f"chart_note{number}": [] for number in range(200)}}
    answer = server.call("PATCH", "/v1/practices/northside", body, token=world.tokens["user:omar"])
    assert answer.status == 422
    assert sum("did you mean" in one["message"] for one in answer.json["errors"]) == 20


def pack_in(folder: Path, description: str) -> Path:
    (folder / "pack.toml").write_text(description, encoding="utf-8")
    (folder / "policy_seed.csv").write_text("", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["someone_else", "always", "own"])
def test_a_pack_cannot_put_a_condition_of_its_own_in_the_place_of_one_that_guards_administration(
    tmp_path: Path, name: str
) -> None:
    told = f'[[condition]]\nname = "{name}"\nwords = "w"\nall = [{{ attribute = "subject.id", is = "x" }}]\n'
    with pytest.raises(BadSettings, match=f"there is a condition `{name}` already"):
        Settings.from_environment({"AUTHZ_PACK": str(pack_in(tmp_path, told))})


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ('[subject_types]\nuser = "service"', "subject_types user: means itself"),
        ("subject_types = 1", "`subject_types` must be a table"),
        (
            '[[condition]]\nname = "report=x"\nwords = "w"\nall = [{attribute = "subject.id", is = "x"}]',
            "`name` must be",
        ),
        (
            '[[type]]\nname = "a"\ntitle = "b"\n[type.attributes]\nc = {kind = "choice", choices = "abc"}',
            "list of texts",
        ),
        ('[[type]]\nname = "a"\ntitle = "b"\n[type.attributes]\nc = {kind = "choice", choices = [1]}', "list of texts"),
    ],
)
def test_a_pack_that_would_mean_something_else_than_it_says_is_refused(
    tmp_path: Path, description: str, told: str
) -> None:
    with pytest.raises(BadPolicy, match=told):
        read_pack(pack_in(tmp_path, description))
