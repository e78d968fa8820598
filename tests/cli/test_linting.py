"""Every mistake is found at its line under its own name, all of them at once; what is right is left alone."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from authz.core.changes import Change, PutGrant
from authz.core.names import INSTALLATION
from authz.core.policy import Grant
from authz.policies.shipped import shipped
from tests.cli.conftest import Typed
from tests.managing.conftest import NORTH, northside_on, user
from tests.managing.writes import furnish

GOOD = shipped("policy_seed.csv").read_bytes()
LINES = GOOD.count(b"\n")
MISTAKES = {
    "kind": (b"q, member, *, patient, read, always, allow", "error"),
    "arity": (b"p, member, *, patient, read, always", "error"),
    "name": (b"p, me mber, *, patient, read, always, allow", "error"),
    "resource": (b"p, member, *, pateint, read, always, allow", "error"),
    "action": (b"p, member, *, patient, raed, always, allow", "error"),
    "condition": (b"p, member, *, patient, read, draft, allow", "error"),
    "effect": (b"p, member, *, patient, read, always, maybe", "error"),
    "never": (b"p, member, *, patient, purge, always, allow", "error"),
    "guard": (b"p, practitioner, *, chart_note, sign, own, allow", "error"),
    "duplicate": (b"p, member, *, patient, read, always, allow", "error"),
    "practice-row": (b"p, member, northside, payment, void, always, allow", "error"),
    "encoding": (b"p, member, *, patient, read, always, \xff\xfe", "error"),
    "shadowed": (b"p, member, *, patient, read, patient_named, allow", "warning"),
    "taken-away": (b"p, member, *, patient, read, always, deny", "warning"),
    "impossible": (b"p, claims-editor, *, claim, edit, claim_open+draft+signed, allow", ""),
    "idle-denial": (b"p, member, *, psychotherapy_note, export, always, deny", ""),
    "role-misspelt": (b"p, practitoner, *, patient, read, always, allow", "warning"),
    "duties-one-role": (b"p, prescriber, *, access_request, approve, someone_else, allow", "warning"),
    "unexercised": (b"p, data-restorer, *, inventory, read, always, allow", "warning"),
}


def findings(authz: Typed, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    answer = authz("policy", "lint", "--json", *arguments)
    return answer.code, answer.json["findings"]


def test_what_ships_is_clean(authz: Typed) -> None:
    assert findings(authz) == (0, [])


@pytest.mark.parametrize("check", [name for name, (_, severity) in MISTAKES.items() if severity])
def test_a_mistake_is_found_at_its_line(check: str, authz: Typed, tmp_path: Path) -> None:
    line, severity = MISTAKES[check]
    file = tmp_path / "policy.csv"
    file.write_bytes(GOOD + line + b"\n")
    options = [] if check == "unexercised" else ["--no-grids"]
    code, found = findings(authz, str(file), *options)
    mine = [one for one in found if one["rule"] == check]
    assert code == 1
    assert mine, found
    at = {one["line"] for one in mine}
    assert at == {LINES + 1} or check == "taken-away"
    assert {one["severity"] for one in mine} == {severity}
    assert all(one["message"] for one in mine)


def test_all_of_them_are_told_at_once_in_the_order_of_their_lines(authz: Typed, tmp_path: Path) -> None:
    file = tmp_path / "policy.csv"
    file.write_bytes(b"\n".join(line for line, severity in MISTAKES.values() if severity == "error") + b"\n")
    code, found = findings(authz, str(file), "--no-grids")
    lines = [int(str(one["line"])) for one in found]
    assert code == 1
    assert lines == sorted(lines)
    errors = {one["rule"] for one in found if one["severity"] == "error"}
    assert errors >= {name for name, (_, severity) in MISTAKES.items() if severity == "error"} - {"duplicate"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1000, bytes(range(256)) * 50, "p, member".encode("utf-16"), b"=cmd(),,,,\n" * 50, b"p," * 100_000],
    ids=["empty", "zeros", "binary", "utf-16", "formulas", "one long line"],
)
def test_a_hostile_file_is_findings_and_nothing_else(content: bytes, authz: Typed, tmp_path: Path) -> None:
    file = tmp_path / "policy.csv"
    file.write_bytes(content)
    code, found = findings(authz, str(file), "--no-grids")
    assert code == 1
    assert found
    assert all(str(one["message"]).isprintable() and len(str(one["message"])) <= 400 for one in found)


def test_a_file_of_a_gigabyte_is_not_read(authz: Typed, tmp_path: Path) -> None:
    file = tmp_path / "policy.csv"
    with file.open("wb") as sparse:
        sparse.truncate(1_000_000_000)
    code, found = findings(authz, str(file), "--no-grids")
    assert (code, {one["rule"] for one in found}) == (1, {"size"})


@pytest.mark.parametrize("option", ["", "--duties"])
def test_a_pipe_is_not_waited_for(authz: Typed, tmp_path: Path, option: str) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    code, found = findings(authz, "--no-grids", *filter(None, [option]), str(tmp_path / "pipe.csv"))
    assert code == 1
    assert [one["message"] for one in found] == ["what is there is no file"]


def test_very_many_roles_are_told_in_part_and_soon(authz: Typed, tmp_path: Path) -> None:
    file = tmp_path / "policy.csv"
    file.write_text("".join(f"p, r{number}, *, patient, read, always, allow\n" for number in range(30_000)))
    code, found = findings(authz, str(file), "--no-grids")
    rules = [one["rule"] for one in found]
    assert (code, rules.count("role-unheld"), rules.count("too-many-findings")) == (1, 1_000, 1)
    assert [one["line"] for one in found] == [*range(1, 1_002)]


def test_sarif_names_each_finding_with_its_rule_and_line(authz: Typed, tmp_path: Path) -> None:
    file, report = tmp_path / "policy.csv", tmp_path / "report.sarif"
    file.write_bytes(GOOD + MISTAKES["action"][0] + b"\n")
    authz("policy", "lint", str(file), "--no-grids", "--sarif", str(report))
    told = json.loads(report.read_text())
    assert told["version"] == "2.1.0"
    [run] = told["runs"]
    [result] = run["results"]
    assert result["ruleId"] == "action"
    assert {"action"} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    [place] = result["locations"]
    assert place["physicalLocation"]["region"]["startLine"] == LINES + 1


def test_what_is_stored_of_a_practice_is_looked_at_too(
    authz: Typed, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHZ_DATABASE_URL", sqlite_url)
    with northside_on(sqlite_url) as service:
        furnish(service)
        ago = datetime.now(UTC) - timedelta(days=1)
        ended = Grant(user("kim"), "claims-editor", NORTH, "user:ana", ago, ago)
        strange = Grant(user("kim"), "no-such-role", NORTH, "user:ana", ago)
        both = [Grant(user("lee"), role, INSTALLATION, "cli:tests", ago) for role in ("operator",)]
        service.store.apply(Change(NORTH, (PutGrant(ended), PutGrant(strange)), ()))
        service.store.apply(Change(INSTALLATION, tuple(map(PutGrant, both)), ()))
    code, found = findings(authz, "--practice", "northside", "--no-grids", "--most-admins", "1")
    assert code == 1
    told = {str(one["rule"]) for one in found}
    assert {"grant-expired", "grant-of-no-role", "grant-to-who-left", "too-many-admins", "role-unused"} <= told
    assert "duties-one-person" in told
    apart = [f"{one['message']} {one['where']}" for one in found if one["rule"] == "duties-one-person"]
    assert any("user:lee" in one for one in apart)
