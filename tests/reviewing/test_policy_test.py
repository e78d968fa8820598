"""`authz policy test` finds the cell that is wrong, says so in words, in JSON and in JUnit XML, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from authz.policies.rows import rule_of
from authz.policies.shipped import GRIDS, shipped
from authz.reviewing.grids import grids_in
from authz.reviewing.verdicts import exercised
from tests.policies.asking import ENGINE, SHIPPED
from tests.reviewing.folders import HEAD, Folder, Typed

ROOT = Path(__file__).parents[2]
Changed = Callable[[Callable[[str], str]], Path]
MERGE = "p, practice-admin, *, patient, merge, always, allow\n"


def test_the_shipped_grids_hold_and_exercise_every_shipped_rule(policy: Typed) -> None:
    said = policy("test", "--json")
    assert said.code == 0
    assert said.json["without_grid"] == []
    assert [(one["grid"], one["idle"]) for one in said.json["grids"] if one["failures"] or one["idle"]] == []
    assert sum(one["rules"] for one in said.json["grids"]) == len(SHIPPED)
    assert {one["grid"].rpartition("/")[2] for one in said.json["grids"]} == {
        path.name for path in shipped(GRIDS).glob("*.yaml") if path.name != "cast.yaml"
    }


def test_a_rule_that_is_missing_fails_the_cells_that_need_it_and_no_others(policy: Typed, rules: Changed) -> None:
    changed = rules(lambda text: text.replace(MERGE, ""))
    said = policy("test", "--rules", changed, "--json")
    assert said.code == 1
    (wrong,) = [one for one in said.json["grids"] if one["failures"]]
    assert {(cell["subject"], cell["action"], cell["expected"]) for cell in wrong["wrong"]} == {
        ("user:omar", "merge", "allowed"),
        ("user:ana", "merge", "allowed"),
    }


def test_a_rule_that_says_too_much_fails_the_cells_nobody_listed(policy: Typed, rules: Changed) -> None:
    line = next(
        number
        for number, text in enumerate((shipped(GRIDS) / "patient.yaml").read_text().splitlines(), start=1)
        if text.startswith("  - why")
    )
    changed = rules(lambda text: text + "p, portal-messaging, *, patient, merge, always, allow\n")
    assert policy("test", "--rules", changed).code == 0, "nobody in the cast holds it, so nothing is wrong"
    changed = rules(lambda text: text + "p, practitioner, *, patient, merge, always, allow\n")
    said = policy("test", "--rules", changed)
    assert said.code == 1
    assert f"patient.yaml:{line}: " in said.out
    assert "user:lee merge in northside: expected denied, got allowed (granted)" in said.out
    assert said.out.splitlines()[-1].endswith("4 FAIL")


def test_a_rule_that_no_cell_exercises_is_named_with_its_line(policy: Typed, folder: Folder, rules: Changed) -> None:
    folder.copy("patient.yaml", "cast.yaml")
    changed = rules(lambda text: text + "p, portal-messaging, *, patient, merge, always, allow\n")
    last = len(changed.read_text().splitlines())
    said = policy("test", folder.path, "--rules", changed, "--json")
    (grid,) = said.json["grids"]
    row = ["portal-messaging", "*", "patient", "merge", "always", "allow"]
    assert grid["idle"] == [{"at": f"changed.csv:{last}", "row": row}]
    assert grid["exercised"] == grid["rules"] - 1


def test_a_denial_counts_as_exercised_where_somebody_would_be_allowed_without_it() -> None:
    (grid,) = grids_in(shipped(GRIDS) / "patient.yaml")
    about = [rule for rule in SHIPPED if rule.resource == "patient"]
    idle, telling = (
        rule_of([role, "*", "patient", "merge", "always", "deny"]) for role in ("practitioner", "practice-admin")
    )
    cases = [replace(case, may={who: may - {"merge"} for who, may in case.may.items()}) for case in grid.cases]
    found = exercised([*about, idle, telling], [replace(grid, cases=tuple(cases))], ENGINE)
    assert telling in found
    assert idle not in found, "practitioners may not merge anyway"


def test_the_report_is_junit_that_parses_with_one_suite_for_a_grid_and_one_test_for_a_case(
    policy: Typed, rules: Changed, tmp_path: Path
) -> None:
    changed = rules(lambda text: text.replace(MERGE, ""))
    report = tmp_path / "report.xml"
    assert policy("test", "--rules", changed, "--junit", report).code == 1
    root = ET.parse(report).getroot()
    grids = grids_in(shipped(GRIDS))
    assert [suite.get("name") for suite in root] == [grid.name for grid in grids]
    for suite, grid in zip(root, grids, strict=True):
        tests = [test.get("name") for test in suite]
        assert tests == [case.why for case in grid.cases] + (["never_without"] if grid.never_without else [])
        assert suite.get("tests") == str(len(tests))
    (failed,) = root.iter("failure")
    assert "user:omar merge in northside: expected allowed, got denied (no_permission)" in str(failed.text)
    assert root.get("failures") == "1"


def test_what_a_grid_says_in_markup_is_text_in_the_report(policy: Typed, folder: Folder, tmp_path: Path) -> None:
    why = "</testcase><script>alert('x')</script>]]>&amp;"
    folder.put("a<b>&'.yaml", f'{HEAD}  - why: "{why}"\n    may: {{joe: [purge]}}\n')
    report = tmp_path / "report.xml"
    assert policy("test", folder.path, "--junit", report).code == 1
    (suite,) = ET.parse(report).getroot()
    (test,) = suite
    assert test.get("name") == why
    assert str(suite.get("name")).endswith("a<b>&'.yaml")
    assert [child.tag for child in test] == ["failure"]


def test_a_report_that_cannot_be_written_is_no_answer(policy: Typed, folder: Folder, tmp_path: Path) -> None:
    folder.copy("patient.yaml")
    assert policy("test", folder.path, "--junit", tmp_path / "nowhere" / "report.xml").code == 2


def test_a_folder_brings_its_own_people(policy: Typed, folder: Folder) -> None:
    people = "{eve: {admin: true}, max: {}}"
    folder.put("cast.yaml", f"home: eastside\npractices:\n  eastside:\n    owner: eve\n    people: {people}\n")
    everyday = "read, create, update"
    folder.put(
        "patient.yaml",
        f"{HEAD}  - why: Any.\n    may:\n      max: [{everyday}]\n      eve: [{everyday}, delete, merge, restore]\n",
    )
    said = policy("test", folder.path, "--json")
    assert said.code == 0
    assert said.json["grids"][0]["cells"] == 2 * 7


def test_a_guard_that_a_grid_claims_and_that_is_none_fails(policy: Typed, folder: Folder) -> None:
    folder.put("vitals.yaml", "resource: vitals\nnever_without: {edit: [provider]}\ncases: []\n")
    said = policy("test", folder.path)
    assert said.code == 1
    assert "never_without: a rule for `edit` may forget `provider`" in said.out


@pytest.mark.parametrize("rules_text", ["", "p, member\n", "p, member, *, pateint, read, always, allow\n", "\x00\xff"])
def test_rules_that_must_not_be_run_are_no_answer(policy: Typed, tmp_path: Path, rules_text: str) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(rules_text)
    said = policy("test", "--rules", file)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("authz: rules.csv:1: ")


def test_rules_that_are_no_file_are_no_answer(policy: Typed, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere.csv", Path("/dev/zero")):
        assert policy("test", "--rules", place).code == 2


def test_one_grid_alone_may_be_named(policy: Typed) -> None:
    said = policy("test", shipped(GRIDS) / "patient.yaml", "--json")
    assert (said.code, len(said.json["grids"])) == (0, 1)


PEOPLE_OF_THE_PACK = """
home: records
practices:
  records:
    owner: eve
    people:
      eve: {}
      alice: {grants: [records-user], attributes: {department: Sales}}
      bob: {grants: [records-user], attributes: {department: Legal}}
"""
GRID_OF_THE_PACK = """
resource: record
cases:
  - why: A record of Sales is seen by who belongs to Sales.
    given: {department: Sales}
    may: {alice: [view]}
"""


def test_a_pack_is_tested_by_its_own_grids_and_what_is_stored_of_its_people(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(ROOT / "deploy" / "interop", pack)
    assert in_pack(pack, "test").returncode == 2, "it brings no grids yet"
    (pack / "grids").mkdir()
    (pack / "grids" / "cast.yaml").write_text(PEOPLE_OF_THE_PACK)
    (pack / "grids" / "record.yaml").write_text(GRID_OF_THE_PACK)
    held = in_pack(pack, "test")
    assert held.returncode == 0, held.stdout + held.stderr
    (pack / "grids" / "record.yaml").write_text(GRID_OF_THE_PACK.replace("alice", "bob"))
    broken = in_pack(pack, "test")
    assert broken.returncode == 1
    assert "user:bob view in records: expected allowed, got denied" in broken.stdout


def in_pack(pack: Path, command: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    return subprocess.run(
        [sys.executable, "-m", "authz", "policy", command],
        env={**clean, "AUTHZ_PACK": str(pack), "PYTHONPATH": str(ROOT)},
        cwd=pack.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
