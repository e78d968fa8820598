"""Every answer through every door stands in the log once; what was refused, and what was said, does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.api.conftest import World, made_world
from tests.api.serving import Answer, Server, served
from tests.decision_log.reading import Line, lines, until

NOTE: Final = {"type": "chart_note", "id": "n1", "attributes": {"author": "user:ray", "state": "draft"}}
EDIT: Final = {"practice": "northside", "subject": "user:ray", "action": "edit", "resource": NOTE}
LIST: Final = {**EDIT, "action": "list", "resource": {"type": "chart_note"}}
BATCH: Final = {
    "practice": "northside",
    "checks": [
        {"subject": subject, "action": "edit", "resource": NOTE}
        for subject in ("user:ray", "user:lee", "user:nobody", "user:lee")
    ],
}
RAY, LEE = {"type": "user", "id": "ray"}, {"type": "user", "id": "lee"}
ZEN_NOTE: Final = {"type": "chart_note", "id": "n1", "properties": {"author": "user:ray", "state": "draft"}}
ZEN: Final = {"subject": RAY, "action": {"name": "edit"}, "resource": ZEN_NOTE}
ZEN_LIST: Final = {"subject": RAY, "action": {"name": "list"}, "resource": {"type": "chart_note", "id": "x"}}
NAMED: Final = {"practice": "northside", "subject": "user:ray", "action": "edit", "resource_type": "chart_note",
                "resource_id": "n1"}  # fmt: skip
NAMELESS: Final = dict.fromkeys(("subject", "action", "resource_type", "resource_id"))
ACCESS: Final = "/practices/northside/access/v1"
EITHER_WAY: Final = ["", "?lane=no"]


@dataclass(frozen=True)
class Logged:
    """A server that keeps a decision log, asked by the charting service unless another is named."""

    world: World
    server: Server
    file: Path

    def ask(self, path: str, body: Any, id: str, by: str = "service:charting", method: str = "POST") -> Answer:
        headers = {"X-Request-ID": id}
        return self.server.call(method, path, body, token=self.world.tokens[by], headers=headers)

    def settled(self) -> list[Line]:
        """All lines, once one is there that was asked for after all others; the log of one worker is in order."""
        last = f"the-last-{uuid4()}"
        self.ask("/v1/check", {**EDIT, "subject": "user:nobody"}, last)
        return until(lambda: lines(self.file), lambda found: any(one["request_id"] == last for one in found))[:-1]

    def of(self, id: str) -> list[Line]:
        """The lines of a request."""
        return [one for one in self.settled() if one["request_id"] == id]


@contextmanager
def logging_to(folder: Path, keep: str) -> Iterator[Logged]:
    file = folder / "log" / "decisions.jsonl"
    with made_world(folder) as world:
        environment = {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_DECISION_LOG_FILE": str(file)}
        if keep:
            environment["AUTHZ_DECISION_LOG"] = keep
        with served(folder, environment) as server:
            yield Logged(world, server, file)


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    with logging_to(tmp_path_factory.mktemp("all"), "all") as logged:
        yield logged


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    with logging_to(tmp_path_factory.mktemp("notable"), "") as logged:
        yield logged


def told(line: Line) -> tuple[bool, str | None]:
    return line["decision"], line["reason"]


@pytest.mark.parametrize("way", EITHER_WAY)
def test_a_check_is_one_line_with_who_asked_and_what_was_answered(all_of_them: Logged, way: str) -> None:
    before = datetime.now(UTC)
    answer = all_of_them.ask(f"/v1/check{way}", EDIT, f"check{way}").json
    [line] = all_of_them.of(f"check{way}")
    key = all_of_them.world.services.keys.verify(all_of_them.world.tokens["service:charting"])
    at = datetime.fromisoformat(line.pop("at"))
    assert before - timedelta(seconds=1) < at < datetime.now(UTC) + timedelta(seconds=1)
    assert line == {
        **NAMED,
        "decision": True,
        "reason": "granted",
        "revision": answer["revision"],
        "caller": "service:charting",
        "via": f"key:{key.id}",
        "request_id": f"check{way}",
        "door": "check",
    }


@pytest.mark.parametrize("way", EITHER_WAY)
def test_obligations_are_told_by_their_types_alone(all_of_them: Logged, way: str) -> None:
    sheet = {"chart_notes": "own"}
    path = "/v1/practices/northside/users/ray/access"
    assert all_of_them.ask(path, sheet, "sheet", "user:omar", "PATCH").status == 200
    assert all_of_them.ask(f"/v1/check{way}", LIST, f"list{way}").json["obligations"][0]["conditions"] == ["own"]
    [line] = all_of_them.of(f"list{way}")
    assert (line["obligations"], line["resource_id"], told(line)) == (["restrict_to"], None, (True, "granted"))


@pytest.mark.parametrize("way", EITHER_WAY)
def test_each_item_of_a_batch_is_a_line_in_order(all_of_them: Logged, way: str) -> None:
    answer = all_of_them.ask(f"/v1/check/batch{way}", BATCH, f"batch{way}").json
    found = all_of_them.of(f"batch{way}")
    assert [one["subject"] for one in found] == [one["subject"] for one in BATCH["checks"]]  # type: ignore[index]
    assert [told(one) for one in found] == [(one["allowed"], one["reason"]) for one in answer["results"]]
    assert {(one["door"], one["revision"]) for one in found} == {("batch", answer["revision"])}
    assert {told(one)[0] for one in found} == {True, False}


@pytest.mark.parametrize("way", EITHER_WAY)
def test_an_evaluation_is_logged_as_its_caller_was_told(all_of_them: Logged, way: str) -> None:
    narrowed = {**ZEN_LIST, "context": {"explain": True}}
    doubtful = {**ZEN, "resource": {**ZEN_NOTE, "properties": {"author": "user:ray", "state": ["draft"]}}}
    meaningless = {**ZEN, "resource": {"type": "spaceship", "id": "n1"}}
    expected = {
        "yes": (ZEN, True, "granted"),
        "no": ({**ZEN, "subject": LEE}, False, "only_author"),
        "meaningless": (meaningless, False, "no_permission"),
        "doubtful": (doubtful, False, "no_permission"),
        "demanding": (ZEN_LIST, False, "granted"),
        "demanding-and-told": (narrowed, True, "granted"),
    }
    sheet = {"chart_notes": "own"}
    all_of_them.ask("/v1/practices/northside/users/ray/access", sheet, "sheet", "user:omar", "PATCH")
    for name, (body, allowed, reason) in expected.items():
        id = f"zen-{name}{way}"
        assert all_of_them.ask(f"{ACCESS}/evaluation{way}", body, id).json["decision"] is allowed, name
        [line] = all_of_them.of(id)
        assert (*told(line), line["door"]) == (allowed, reason, "evaluation"), name
        assert NAMELESS.items() <= line.items() if name == "meaningless" else line["subject"].startswith("user:")


@pytest.mark.parametrize("way", EITHER_WAY)
@pytest.mark.parametrize("semantic", ["execute_all", "deny_on_first_deny", "permit_on_first_permit"])
def test_evaluations_are_logged_as_far_as_they_were_answered(all_of_them: Logged, way: str, semantic: str) -> None:
    items = [{}, {"resource": {"type": "spaceship", "id": "n1"}}, {"subject": LEE}, {"subject": "lee"}, {}]
    body = {**ZEN, "evaluations": items, "options": {"evaluations_semantic": semantic}}
    answer = all_of_them.ask(f"{ACCESS}/evaluations{way}", body, f"{semantic}{way}").json
    found = all_of_them.of(f"{semantic}{way}")
    assert [one["decision"] for one in found] == [one["decision"] for one in answer["evaluations"]]
    reasons = ["granted", "no_permission", "only_author", None, "granted"]
    assert [one["reason"] for one in found] == reasons[: len(found)]
    assert len(found) == {"execute_all": 5, "deny_on_first_deny": 2, "permit_on_first_permit": 1}[semantic]
    assert {one["door"] for one in found} == {"evaluations"}


def test_a_search_or_a_list_is_one_line_whatever_was_looked_at(all_of_them: Logged) -> None:
    kind = {"type": "user"}
    revision = all_of_them.ask("/v1/check", EDIT, "now").json["revision"]
    looked_for = {
        "search/subject": (
            {"subject": kind, "action": {"name": "edit"}, "resource": ZEN_NOTE},
            {**NAMED, "subject": None},
        ),
        "search/resource": (
            {"subject": RAY, "action": {"name": "read"}, "resource": kind},
            {**NAMED, "action": "read", "resource_type": "user", "resource_id": None},
        ),
        "search/action": ({"subject": RAY, "resource": ZEN_NOTE}, {**NAMED, "action": None}),
    }
    for door, (body, named) in looked_for.items():
        answer = all_of_them.ask(f"{ACCESS}/{door}", body, door)
        [line] = all_of_them.of(door)
        shown = {name: value for name, value in line.items() if name not in ("at", "caller", "via")}
        number = len(answer.json["results"])
        assert shown == {**named, "found": number, "revision": revision, "request_id": door, "door": door}
    path = "/v1/practices/northside/users/ray/permissions"
    listed = all_of_them.ask(path, None, "permissions", method="GET").json
    [line] = all_of_them.of("permissions")
    assert (line["subject"], line["found"], line["door"]) == ("user:ray", len(listed["items"]), "permissions")
    assert "decision" not in line


def test_what_was_refused_is_not_logged(all_of_them: Logged) -> None:
    refused = {
        400: ("/v1/check", b"{", "service:charting"),
        403: ("/v1/check", {**EDIT, "subject": "user:lee"}, "user:joe"),
        404: ("/v1/check", {**EDIT, "practice": "nowhere"}, "service:charting"),
        422: ("/v1/check", {**EDIT, "action": "fly"}, "service:charting"),
        503: ("/v1/check", {**EDIT, "at_least_revision": 10**6}, "service:charting"),
    }
    for status, (path, body, by) in refused.items():
        assert all_of_them.ask(path, body, f"refused-{status}", by).status == status
    bad = all_of_them.server.call("POST", "/v1/check", EDIT, token="azk_no", headers={"X-Request-ID": "refused-401"})
    assert bad.status == 401
    spoilt = {"practice": "northside", "checks": [*BATCH["checks"], {"subject": "user:lee"}]}  # type: ignore[misc]
    assert all_of_them.ask("/v1/check/batch", spoilt, "refused-batch").status == 422
    assert all_of_them.ask(f"{ACCESS}/evaluation", {"subject": RAY}, "refused-zen").status == 400
    assert [one for one in all_of_them.settled() if one["request_id"].startswith("refused")] == []


@pytest.mark.parametrize("keep", ["all_of_them", "by_default"])
def test_nothing_that_was_said_stands_in_the_log_but_names_and_ids(keep: str, request: pytest.FixtureRequest) -> None:
    logged: Logged = request.getfixturevalue(keep)
    attributes = {"author": "user:secret-author", "patient": "secret-patient", "state": "signed"}
    context = {"reason": "a secret reason"}
    asked = {**EDIT, "resource": {"type": "chart_note", "id": "a-note", "attributes": attributes}, "context": context}
    zen = {**ZEN, "resource": {"type": "chart_note", "id": "a-note", "properties": attributes}, "context": context}
    nonsense = {"subject": {"type": "user", "id": "secret subject"}, "action": {"name": "secret action"},
                "resource": {"type": "secret type", "id": "secret id"}}  # fmt: skip
    for way in EITHER_WAY:
        logged.ask(f"/v1/check{way}", asked, f"said{way}")
        logged.ask(f"/v1/check/batch{way}", {"practice": "northside", "checks": [
            {name: value for name, value in asked.items() if name != "practice"}]}, f"said-many{way}")  # fmt: skip
        logged.ask(f"{ACCESS}/evaluation{way}", zen, f"said-zen{way}")
        logged.ask(f"{ACCESS}/evaluations{way}", {**zen, "evaluations": [{}, nonsense]}, f"said-zens{way}")
    for door in ("subject", "resource", "action"):
        logged.ask(f"{ACCESS}/search/{door}", {**zen, **nonsense}, f"said-{door}")
    found = [one for one in logged.settled() if one["request_id"].startswith("said")]
    assert len({one["request_id"] for one in found}) >= 8
    assert "a-note" in {one["resource_id"] for one in found}
    assert b"secret" not in logged.file.read_bytes()


@pytest.mark.parametrize("id", ['"n1\\', "Zoë ☃ n1", "x" * 200])
def test_an_id_comes_back_as_it_was_said_in_plain_ascii(all_of_them: Logged, id: str) -> None:
    named = f"id {id!a}"[:190].replace("\\", "/")
    all_of_them.ask("/v1/check", {**EDIT, "resource": {**NOTE, "id": id}}, named)
    [line] = all_of_them.of(named)
    assert line["resource_id"] == id
    assert all_of_them.file.read_bytes().isascii()


@pytest.mark.parametrize("way", EITHER_WAY)
def test_by_default_denials_are_logged_and_what_an_emergency_allowed(by_default: Logged, way: str) -> None:
    glass = {"patient": "p1", "minutes": 60, "reason": "unconscious at the front desk"}
    path = "/v1/practices/northside/emergency-access"
    assert by_default.ask(path, glass, "glass", "user:sue").status in (201, 409)
    chart = {"type": "chart_note", "id": "n9", "attributes": {"author": "user:lee", "patient": "p1", "state": "signed"}}
    broken = {**EDIT, "subject": "user:sue", "action": "read", "resource": chart}
    zen_chart = {"type": "chart_note", "id": "n9", "properties": chart["attributes"]}
    zen_broken = {"subject": {"type": "user", "id": "sue"}, "action": {"name": "read"}, "resource": zen_chart,
                  "context": {"explain": True}}  # fmt: skip
    assert by_default.ask(f"/v1/check{way}", broken, f"broken{way}").json["reason"] == "emergency"
    assert by_default.ask(f"{ACCESS}/evaluation{way}", zen_broken, f"zen-broken{way}").json["decision"] is True
    for id, body in (("yes", EDIT), ("demanding", LIST), ("no", {**EDIT, "subject": "user:lee"})):
        assert by_default.ask(f"/v1/check{way}", body, f"{id}{way}").json["allowed"] is (id != "no")
    by_default.ask(f"/v1/check/batch{way}", BATCH, f"batch{way}")
    by_default.ask(f"{ACCESS}/evaluation{way}", ZEN, f"zen-yes{way}")
    by_default.ask(f"{ACCESS}/evaluations{way}", {**ZEN, "evaluations": [{}, {"subject": LEE}]}, f"zens{way}")
    sought = {"subject": {"type": "user", "id": "sue"}, "resource": zen_chart, "context": {"explain": True}}
    by_default.ask(f"{ACCESS}/search/action", sought, f"sought-by-emergency{way}")
    by_default.ask(f"{ACCESS}/search/action", {**sought, "subject": RAY}, f"sought{way}")
    found: dict[str, list[Any]] = {}
    for one in by_default.settled():
        id, mark, rest = one["request_id"].partition("?")
        if mark + rest == way and not id.startswith(("said", "the-last")):
            found.setdefault(id, []).append(one.get("reason", "found"))
    assert found == {
        "broken": ["emergency"],
        "zen-broken": ["emergency"],
        "no": ["only_author"],
        "batch": ["only_author", "unknown_subject", "only_author"],
        "zens": ["only_author"],
        "sought-by-emergency": ["found"],
    }


def test_switched_off_it_makes_no_file_and_counts_nothing(tmp_path: Path) -> None:
    with logging_to(tmp_path, "off") as logged:
        for way in EITHER_WAY:
            assert logged.ask(f"/v1/check/batch{way}", BATCH, "off").status == 200
            assert logged.ask(f"{ACCESS}/evaluation{way}", {**ZEN, "subject": LEE}, "off").status == 200
    assert not logged.file.parent.exists()


def test_standard_output_takes_the_lines_too(tmp_path: Path) -> None:
    with made_world(tmp_path) as world:
        environment = {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_DECISION_LOG_FILE": "-", "AUTHZ_DECISION_LOG": "all"}
        with served(tmp_path, environment) as server:
            token = world.tokens["service:charting"]
            assert server.call("POST", "/v1/check/batch", BATCH, token=token).status == 200
        assert server.log.read_text().count('"door":"batch"') == len(BATCH["checks"])
