"""The record taken away and held against checkpoints, from the command line."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from tests.cli.conftest import Typed
from tests.deploy.script import said


def by_hand(*statements: str) -> None:
    """Statements behind the service's back."""
    with closing(sqlite3.connect("var/authz.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def kept(authz: Typed, *which: str) -> None:
    """Checkpoints in files, as people and as programs keep them."""
    Path("kept.txt").write_text(authz("audit", "checkpoint", *which).out)
    Path("kept.jsonl").write_text(authz("audit", "checkpoint", *which, "--json").out)


def test_a_checkpoint_is_one_line_for_each_practice(authz: Typed) -> None:
    lines = authz("audit", "checkpoint").out.splitlines()
    assert [line.split()[0] for line in lines] == ["*", "northside", "southside"]
    told = [orjson.loads(line)["checkpoint"] for line in authz("audit", "checkpoint", "--json").out.splitlines()]
    assert [" ".join(map(str, one.values())) for one in told] == lines
    assert authz("audit", "checkpoint", "southside").out.splitlines() == lines[2:]


@pytest.mark.parametrize("name", ["kept.txt", "kept.jsonl"])
def test_what_was_written_anew_or_cut_shows_against_a_checkpoint(authz: Typed, name: str) -> None:
    kept(authz)
    assert authz("audit", "verify", "--checkpoint", name).code == 0
    last = authz("audit", "checkpoint", "northside", "--json").json["checkpoint"]["seq"]
    before = f"(SELECT hash FROM audit_events WHERE practice = 'northside' AND seq = {last - 3})"
    by_hand(
        f"DELETE FROM audit_events WHERE practice = 'northside' AND seq > {last - 3}",
        f"UPDATE practices SET audit_events = {last - 3}, audit_head = {before} WHERE id = 'northside'",
    )
    assert authz("audit", "verify", "southside", "--checkpoint", name).code == 0
    said = authz("audit", "verify", "northside", "--checkpoint", name, "--json")
    [row] = said.json["practices"]
    assert (said.code, row["intact"], row["broken"][0]) == (1, False, {"seq": last - 2, "problem": "removed"})


def test_a_practice_that_is_gone_shows_against_a_checkpoint(authz: Typed) -> None:
    kept(authz)
    Path("kept.txt").write_text(Path("kept.txt").read_text().replace("southside", "westside"))
    said = authz("audit", "verify", "--checkpoint", "kept.txt")
    assert (said.code, "westside: event" in said.out) == (1, True)
    assert authz("audit", "verify", "southside", "--checkpoint", "kept.txt").code == 2


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x00\xff\n",
        b"northside\n",
        b"northside 7 sha256:x -\n",
        b"North Side 7 " + b"a" * 64 + b"\n",
        b"northside 07 " + b"a" * 64 + b"\n",
        b"northside -1 " + b"a" * 64 + b"\n",
        b"{}\n",
        b"{" * 100_000,
        b'{"checkpoint":{"practice":"northside","seq":7.5,"head":"' + b"a" * 64 + b'"}}\n',
        b'{"checkpoint":{"practice":"northside","seq":1' + b"0" * 5000 + b',"head":"' + b"a" * 64 + b'"}}\n',
        b'{"checkpoint":7}\n',
        pytest.param(b"a" * (1 << 26), id="no line at all"),
    ],
)
def test_what_is_no_checkpoint_is_told_with_its_line(authz: Typed, hostile: bytes) -> None:
    Path("hostile").write_bytes(b"\n" + hostile)
    said = authz("audit", "verify", "--checkpoint", "hostile", "--json")
    assert (said.code, said.out, said.error["code"]) == (2, "", "unreadable")
    assert "line 2 of `hostile`" in said.error["message"]
    for nowhere in ("nowhere", "."):
        assert authz("audit", "verify", "--checkpoint", nowhere, "--json").error["code"] == "unreadable"


def test_an_export_goes_into_a_new_file_that_only_its_owner_reads(authz: Typed, tmp_path: Path) -> None:
    said_of_it = authz("audit", "export", "northside", "--output", "north.jsonl", "--json").json
    file = Path("north.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_bytes().splitlines()
    assert orjson.loads(lines[-1])["checkpoint"] == said_of_it["checkpoint"]
    assert said(tmp_path, file.read_bytes())[0] == 0
    before = authz("audit", "checkpoint", "northside").out
    again = authz("audit", "export", "northside", "--output", "north.jsonl", "--json")
    assert (again.code, again.error["code"], file.read_bytes().splitlines()) == (2, "file_exists", lines)
    assert authz("audit", "export", "northside", "--output", "no/where", "--json").error["code"] == "unreadable"
    assert authz("audit", "export", "northside", "--since", "99999", "--json").error["code"] == "invalid"
    assert authz("audit", "checkpoint", "northside").out == before  # of what did not leave nothing is recorded


def test_an_export_that_was_recorded_stands_in_the_next(authz: Typed) -> None:
    kept(authz, "northside")
    authz("audit", "export", "northside")
    [_, event, _] = map(orjson.loads, authz("audit", "export", "northside", "--since", "39").out.splitlines())
    assert (event["action"], event["via"], event["after"]) == ("audit_exported", "cli", '{"since":0,"upto":39}')


def test_an_export_that_cannot_be_recorded_does_not_leave(authz: Typed) -> None:
    by_hand("UPDATE audit_events SET seq = 40 WHERE practice = 'northside' AND seq = 5")
    left = authz("audit", "export", "northside", "--output", "north.jsonl", "--json")
    assert (left.code, left.out, Path("north.jsonl").exists()) == (2, "", False)
    assert "`authz audit verify` names it" in left.error["message"]
    found = authz("audit", "verify", "northside", "--json")
    assert (found.code, found.json["practices"][0]["broken"]) == (
        1,
        [{"seq": 5, "problem": "removed"}, {"seq": 40, "problem": "inserted"}],
    )
