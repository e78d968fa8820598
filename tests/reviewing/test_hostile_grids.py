"""Whatever a file is, it is read as text or refused by its name and line; nothing in it is ever executed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from authz.core.errors import BadPolicy
from authz.reviewing.cast import read_cast
from authz.reviewing.written import MAX_BYTES, read_written
from tests.reviewing.folders import HEAD, Folder, Typed

MANY = ", ".join(f"p{number}: {{}}" for number in range(201))
CASE = "  - why: Any.\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
SPOILT = {
    "no mapping": ("- a\n- b\n", 1, "must be a table"),
    "a text": ("nothing\n", 1, "must be a table"),
    "empty": ("", 1, "the file is empty"),
    "only a remark": ("# nothing\n", 1, "the file is empty"),
    "two documents": (f"{HEAD}{CASE}---\nresource: patient\n", 4, "a second document"),
    "broken": ("resource: [patient\ncases: }\n", 2, ""),
    "a tab": ("resource: patient\n\tcases: []\n", 2, ""),
    "an unknown field": ("resource: patient\ncaes: []\ncases: []\n", 2, "did you mean `cases`?"),
    "an unknown field of a case": (f"{HEAD}{CASE}    mya: {{}}\n", 4, "unknown field `mya`; did you mean `may`?"),
    "an unknown type": ("resource: pateint\ncases: []\n", 1, "did you mean `patient`?"),
    "an unknown action": (f"{HEAD}{CASE}    may:\n      joe: [raed]\n", 5, "unknown action `raed`"),
    "an unknown person": (f"{HEAD}{CASE}    may:\n      jo: [read]\n", 5, "unknown person `jo`"),
    "an unknown reason": (f"{HEAD}{CASE}    because:\n      joe: {{read: becuase}}\n", 5, "unknown reason"),
    "an attribute that is none": (f"{HEAD}{CASE}    given:\n      colour: red\n", 5, "no such attribute"),
    "a context that is none": (f"{HEAD}{CASE}    context:\n      reasno: x\n", 5, "unknown field"),
    "no why": (f"{HEAD}  - may: {{joe: [read]}}\n", 3, "`why`"),
    "an action that is a list": (f"{HEAD}{CASE}    may: {{joe: [[read]]}}\n", 4, "must be a text"),
    "actions that are a text": (f"{HEAD}{CASE}    may: {{joe: read}}\n", 4, "must be a list"),
    "a switch that is none": (f"{HEAD}{CASE}    people:\n      joe: {{amdin: true}}\n", 5, "did you mean `admin`?"),
    "a switch that is a text": (f"{HEAD}{CASE}    people:\n      joe: {{admin: maybe}}\n", 5, "true or false"),
    "a choice that is none": (f"{HEAD}{CASE}    people: {{joe: {{chart_notes: every}}}}\n", 4, "unknown chart_notes"),
    "a row too short": (f"{HEAD}{CASE}    roles: {{clerk: ['patient, read']}}\n", 4, "type, action, conditions"),
    "a row about nothing": (f"{HEAD}{CASE}    roles: {{clerk: ['x, read, always, allow']}}\n", 4, "unknown resource"),
    "a role that is none": (f"{HEAD}{CASE}    people: {{joe: {{grants: ['a,b']}}}}\n", 4, "role"),
    "a report that is none": (f"{HEAD}{CASE}    analytics_roles: {{desk: [fin.x]}}\n", 4, "unknown condition"),
    "an emergency of nobody": (f"{HEAD}{CASE}    emergencies: [{{patient: p1}}]\n", 4, "needs `who`"),
    "too many cases": (f"{HEAD}{CASE * 1001}", 1003, "at most 1000 cases"),
    "a moment that is none": (f"{HEAD}{CASE}    people: {{joe: {{sessions_from: noon}}}}\n", 4, "date and time"),
    "the same twice": (f"{HEAD}{CASE}    may: {{joe: [read]}}\n    may: {{}}\n", 5, "a second time"),
    "a guard that is none": ("resource: patient\nnever_without: {read: [draft]}\ncases: []\n", 2, "unknown condition"),
    "a merge": (f"{HEAD}  - &a\n    why: x\n  - <<: *a\n", 5, "is not read here"),
    "an object": (f"{HEAD}  - !!python/object/apply:os.system ['touch executed']\n", 3, "tag"),
    "a module": (f"{HEAD}  - why: !!python/name:os.system\n", 3, "tag"),
    "any tag": (f"{HEAD}  - why: !mine x\n", 3, "tag"),
    "binary": (f"{HEAD}  - why: !!binary aGVsbG8=\n", 3, "tag"),
    "a bomb": (BOMB, 1, "aliases make too much"),
    "a value within itself": ("resource: patient\ncases: &a [*a]\n", 2, "aliases make too much"),
    "a deep value": (f"resource: patient\ncases: {'[' * 50}\n", 2, "nested deeper"),
    "a bottomless value": (f"resource: patient\ncases: {'[' * 5000}\n", 2, "nest"),  # the parser may give up first
    "keys that are values": ("resource: patient\ncases: []\n? [a, b]\n: c\n", 3, "plain text"),
    "control characters": (f"{HEAD}  - why: \x1b[31mred\n", 3, "cannot be seen"),
    "escaped ones": (f'{HEAD}  - why: "\\x1b[31mred"\n', 3, "cannot be seen"),
    "half a letter": (f'{HEAD}  - why: "\\ud800"\n', 3, ""),
    "binary bytes": (f"{HEAD}  - why: \udcff\udcfe\n", 3, "not UTF-8"),
    "another encoding": (f"{HEAD}  - why: caf\udce9\n", 3, "not UTF-8"),
    "nothing but zeros": ("\x00" * 4096, 1, "cannot be seen"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_bad_grid_is_refused_by_file_and_line_and_never_executed(policy: Typed, folder: Folder, name: str) -> None:
    text, line, message = SPOILT[name]
    folder.put("bad.yaml", text.encode("utf-8", "surrogateescape"))
    for command in ("test", "mutate"):
        said = policy(command, folder.path, "--json")
        assert (said.code, said.out) == (2, "")
        errors = [error for error in said.error["errors"] if message in error["message"]]
        assert (said.error["code"], errors[0]["line"]) == ("bad_grids", line)
        assert errors[0]["file"].endswith("bad.yaml")
    assert f"bad.yaml:{line}: " in policy("test", folder.path).err
    assert not (folder.path.parent / "executed").exists()


def test_all_that_is_wrong_in_all_files_is_told_at_once(policy: Typed, folder: Folder) -> None:
    folder.put("a.yaml", f"{HEAD}{CASE}    may: {{jo: [read], joe: [raed]}}\n    because: {{joe: {{read: so}}}}\n")
    folder.put("b.yaml", "resource: nothing\ncases: []\n")
    errors = policy("test", folder.path, "--json").error["errors"]
    assert [(error["file"][-6:], error["line"]) for error in errors] == [
        ("a.yaml", 4), ("a.yaml", 4), ("a.yaml", 5), ("b.yaml", 1),
    ]  # fmt: skip


def test_a_file_that_is_too_large_is_not_read(policy: Typed, folder: Folder) -> None:
    with (folder.path / "large.yaml").open("wb") as file:
        file.truncate(1_000_000_000)
    began = time.monotonic()
    said = policy("test", folder.path)
    assert f"large.yaml:1: the file is larger than {MAX_BYTES} bytes" in said.err
    assert time.monotonic() - began < 60


def test_what_is_no_file_is_not_waited_for(policy: Typed, folder: Folder) -> None:
    os.mkfifo(folder.path / "pipe.yaml")
    (folder.path / "folder.yaml").mkdir()
    (folder.path / "zeros.yaml").symlink_to("/dev/zero")
    (folder.path / "gone.yaml").symlink_to("nowhere")
    said = policy("test", folder.path)
    assert said.code == 2
    for name in ("pipe", "folder", "zeros", "gone"):
        assert f"{name}.yaml:1: " in said.err


def test_a_folder_without_grids_is_no_answer(policy: Typed, folder: Folder) -> None:
    for place in (folder.path, folder.path / "nowhere", "n" * 5000, "/proc/self/mem"):
        for command in (["test", place], ["mutate", place], ["test", "--rules", place]):
            said = policy(*command)
            assert (said.code, said.out) == (2, "")
            assert "Traceback" not in said.err


def test_a_name_that_a_terminal_would_act_upon_is_shown_harmless(policy: Typed, folder: Folder) -> None:
    folder.put("\x1b[31mred.yaml", f"{HEAD}{CASE}    may: {{joe: [purge]}}\n")
    said = policy("test", folder.path)
    assert said.code == 1
    assert "\x1b" not in said.out + said.err


def test_numbers_and_dates_stay_the_texts_that_they_are(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 2026-11-23T08:00:00Z\nb: 1_000\nc: 0x1f\nd: 1e3\ne: yes\nf: ~\n")
    told = read_written(file).plain()
    assert told == {"a": "2026-11-23T08:00:00Z", "b": "1_000", "c": "0x1f", "d": "1e3", "e": True, "f": None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("home: a\n", "`practices` is missing"),
        ("home: b\npractices: {a: {owner: eve, people: {eve: {}}}}\n", "must name one of the practices"),
        ("home: a\npractices: {a: {people: {eve: {}}}}\n", "needs an `owner`"),
        ("home: a\npractices: {a: {owner: max, people: {eve: {}}}}\n", "unknown person `max`"),
        ("home: a\npractices: {a: {owner: eve, people: {'e e': {}}}}\n", "a subject is"),
        ("home: a\npractices: {'*': {owner: eve, people: {eve: {}}}}\n", "a practice id is"),
        ("home: a\npractices: {a: {owner: eve, people: {eve: {}}}}\nabove: {user:eve: operator}\n", "a name of their"),
        ("home: a\npractices: {a: {owner: eve, people: {eve: {}}}}\ngroups: {all: [eve, max]}\n", "unknown person"),
        ("home: a\npractices: {a: {owner: eve, people: {eve: {cosigner: max}}}}\n", "unknown cosigner `max`"),
        (f"home: a\npractices: {{a: {{owner: p1, people: {{{MANY}}}}}}}\n", "at most 200 people"),
        ("home: a\nnow: noon\npractices: {a: {owner: eve, people: {eve: {}}}}\n", "date and time"),
    ],
)
def test_a_bad_cast_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "cast.yaml"
    file.write_text(text)
    with pytest.raises(BadPolicy, match=message.replace("*", r"\*")):
        read_cast(file)


def test_words_that_a_terminal_would_act_upon_are_shown_harmless(policy: Typed, tmp_path: Path) -> None:
    rules = tmp_path / "rules.csv"
    rules.write_text(
        "p, member, *, \x1b[31mpatient, read, always, allow\np, member, *, patient, \x9b2J\u202e, always, allow\n"
    )
    for command in (["diff", rules, rules], ["test", "--rules", rules], ["lint", rules, "--no-grids"]):
        for form, shown in (([], r"\x1b[31mpatient"), (["--json"], "[31mpatient")):
            said = policy(*command, *form)
            assert said.code in (1, 2)
            assert shown in said.out + said.err
            assert not {"\x1b", "\x9b", "\u202e"} & {*said.out, *said.err}
        if said.err:  # programs are told what stands there
            assert any("\x9b2J" in error["message"] for error in said.error["errors"])
