"""The exit code is the answer: 0 yes, 1 no, 2 none; a program gets the same as JSON."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from authz.cli import COMMANDS
from authz.core.decision import Reason
from authz.policies.reasons_in_words import IN_WORDS
from tests.cli.conftest import Typed

SAMPLES = {
    "serve": [],
    "db upgrade": [],
    "seed": [],
    "demo": [],
    "keys create": ["service:charting", "--label", "trial"],
    "keys list": [],
    "keys revoke": ["k1"],
    "check": ["northside", "user:lee", "read", "patient"],
    "explain": ["northside", "user:lee", "read", "patient"],
    "policy isolation": [],
    "policy lint": ["--no-grids", "--all"],
    "policy matrix": ["northside"],
    "policy rows": ["northside"],
    "review unused": ["northside"],
    "review sign": ["northside", "--revision", "1"],
    "policy diff": ["now", "now"],
    "grant": ["northside", "user:joe", "claims-editor"],
    "revoke": ["northside", "user:joe", "claims-editor"],
    "grants": ["northside"],
    "practices list": [],
    "practices show": ["northside"],
    "practices open": ["westside", "Westside", "wes@westside.example", "Wes"],
    "practices set": ["northside", "--name", "North"],
    "practices owner": ["northside", "ana"],
    "guests admit": ["northside", "far"],
    "guests dismiss": ["northside", "far"],
    "seats": ["northside"],
    "roles list": ["northside"],
    "roles put": ["northside", "lead", "claim:read"],
    "roles remove": ["northside", "lead"],
    "requests list": ["northside"],
    "requests ask": ["northside", "erx_enablement", "sue"],
    "requests approve": ["northside", "r1"],
    "requests deny": ["northside", "r1"],
    "emergencies list": ["northside"],
    "emergencies end": ["northside", "e1"],
    "audit list": ["northside"],
    "audit verify": ["northside"],
    "audit export": ["northside"],
    "audit checkpoint": ["northside"],
    "users list": ["northside"],
    "users edit": ["northside", "lee", "--phone", "+1 555 0100"],
    "users email": ["northside", "lee", "lee@clinic.example"],
    "users show": ["northside", "lee"],
    "users add": ["northside", "lou@northside.example", "Lou"],
    "users access": ["northside", "lee", "chart_notes=own"],
    "users links": ["northside", "lee", "--cosigner", "kim"],
    "users seat": ["northside", "lee", "office"],
    "users erx": ["northside", "lee", "on"],
    "users deactivate": ["northside", "lee"],
    "users reactivate": ["northside", "lee"],
    "analytics-roles list": ["northside"],
    "analytics-roles put": ["northside", "takings", "fin.sales_tax"],
    "analytics-roles remove": ["northside", "takings"],
    "policy test": [],
    "policy mutate": [],
    "doctor": [],
}
NEEDS_NO_DATABASE = {"serve", "db upgrade", "doctor", "policy test", "policy mutate"}


def every_command() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for command in COMMANDS:
        if isinstance(command, click.Group):
            found |= {f"{command.name} {name}": inner for name, inner in command.commands.items()}
        else:
            found[str(command.name)] = command
    return found


def test_this_file_knows_every_command() -> None:
    assert set(SAMPLES) == set(every_command())


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_command_speaks_json_and_explains_itself(name: str) -> None:
    command = every_command()[name]
    assert any("--json" in parameter.opts for parameter in command.params)
    assert command.help


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - NEEDS_NO_DATABASE))
def test_without_a_database_no_command_has_an_answer(bare: Typed, name: str) -> None:
    said = bare(*name.split(), *SAMPLES[name], "--json")
    assert said.code == 2
    assert said.out == ""
    assert said.error["code"] == "store_unavailable"


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"doctor"}))
def test_with_a_setting_that_is_none_no_command_has_an_answer(
    bare: Typed, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("AUTHZ_PROT", "8081")
    said = bare(*name.split(), *SAMPLES[name])
    assert said.code == 2
    assert said.out == ""
    assert "did you mean `AUTHZ_PORT`" in said.err


@pytest.mark.parametrize("name", sorted(name for name in SAMPLES if "northside" in SAMPLES[name]))
def test_an_unknown_practice_is_no_answer(authz: Typed, name: str) -> None:
    _, *rest = SAMPLES[name]
    said = authz(*name.split(), "eastside", *rest, "--json")
    assert said.code == 2
    assert said.error == {"code": "not_found", "message": "no practice `eastside`"}


@pytest.mark.parametrize(
    "typed",
    [
        ["chekc"],
        ["check"],
        ["check", "North Side", "user:lee", "read", "patient"],
        ["check", "*", "user:lee", "read", "patient"],
        ["check", "northside", "user:lee", "read", "patient", "--attr", "patient"],
        ["check", "northside", "user:lee", "read", "patient", "--attr", "patient=p1", "--attr", "patient=p2"],
        ["check", "northside", "practitioner", "read", "patient"],
        ["check", "northside", "user:lee", "raed", "patient"],
        ["check", "northside", "user:lee", "read", "pateint"],
        ["check", "northside", "user:lee", "read", "patient", "--attr", "patine=p1"],
        ["check", "northside", "", "read", "patient"],
        ["grant", "northside", "practitioner", "prescriber"],
        ["grant", "northside", "user:joe", "claims editor"],
        ["grant", "northside", "user:joe", "claims-editor", "--until", "yesterday"],
        ["grant", "northside", "user:joe", "claims-editor", "--until", "2020-01-01T00:00:00Z"],
        ["grant", "northside", "user:joe", "claims-editor", "--until", "2099-01-01T00:00:00"],
        ["users", "access", "northside", "joe", "chart_note=all"],
        ["users", "access", "northside", "joe", "chart_notes=everything"],
        ["users", "access", "northside", "joe", "admin=yes"],
        ["grant", "northside", "user:joe", "claims-editor", "--plan", "the best"],
        ["users", "show", "northside", "sadm"],
        ["roles", "put", "northside", "lead", "claim"],
        ["roles", "put", "northside", "lead", "claim:reed"],
        ["roles", "put", "northside", "lead", "chart_note:sign"],
        ["audit", "list", "northside", "--since", "yesterday"],
        ["users", "show", "northside", "service:charting"],
    ],
)
def test_a_question_that_is_wrong_is_neither_yes_nor_no(authz: Typed, typed: list[str]) -> None:
    said = authz(*typed)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("authz: ")
    assert "Traceback" not in said.err


def test_a_wrong_word_comes_with_the_right_one(authz: Typed) -> None:
    assert "did you mean `edit`" in authz("check", "northside", "user:lee", "eidt", "chart_note").err
    assert "did you mean `chart_notes`" in authz("users", "access", "northside", "joe", "chart_note=all").err


def test_what_was_typed_wrongly_is_told_as_json_to_programs(authz: Typed) -> None:
    said = authz("check", "northside", "user:lee", "--json")
    assert (said.code, said.out) == (2, "")
    assert said.error["code"] == "usage"
    said = authz("check", "northside", "user:lee", "raed", "pateint", "--json")
    assert [error["path"] for error in said.error["errors"]] == ["resource.type"]


def test_a_fault_nobody_thought_of_is_not_taken_for_a_denial(
    authz: Typed, empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHZ_MODEL", str(empty_place))
    said = authz("check", "northside", "user:lee", "read", "patient", "--json")
    assert (said.code, said.out) == (2, "")


def test_a_reader_who_has_gone_is_not_taken_for_a_denial(authz: Typed, empty_place: Path) -> None:
    for options in ([], ["--json"]):
        reading, writing = os.pipe()
        os.close(reading)
        left = subprocess.run(
            [sys.executable, "-m", "authz", "users", "list", "northside", *options],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        os.close(writing)
        assert (left.returncode, left.stderr) == (2, b"")


def test_the_console_script_leaves_with_the_code(authz: Typed) -> None:
    for typed, code in ((["--version"], 0), (["check", "northside", "user:joe", "read", "chart_note"], 1), ([], 2)):
        left = subprocess.run([sys.executable, "-m", "authz", *typed], capture_output=True, timeout=60, check=False)
        assert left.returncode == code, left.stderr


def test_every_reason_can_be_said_in_words() -> None:
    assert set(IN_WORDS) == set(Reason)
