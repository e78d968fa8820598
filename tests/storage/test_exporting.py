"""An export holds what is sealed and no more; a script that knows nothing of us finds what was tampered with."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from authz.core.changes import Event
from authz.core.names import Practice
from authz.core.record import BrokenLink, Checkpoint
from authz.reviewing.checkpoints import line_of, words_of
from authz.reviewing.exporting import exported
from authz.storage import SqlStore
from authz.storage.audit import canonical
from tests.deploy.script import said
from tests.storage.conftest import ACTOR, NORTH, SOUTH, raw
from tests.storage.tampering import TAMPERINGS, known_end
from tests.storage.test_verifying import COLUMNS, EVENTS, recorded

__all__ = ["recorded"]


def export_of(store: SqlStore, practice: Practice = NORTH, since: int = 0) -> bytes:
    end, strays = store.end_of_record(practice)
    return b"".join(exported(store, end, strays, since))


def verified(folder: Path, export: bytes, *checkpoints: Checkpoint) -> tuple[int, str]:
    """The same of one that it can read, with these checkpoints at hand, as JSON and as printed."""
    told = [said(folder, export)]
    if checkpoints:
        (folder / "kept.jsonl").write_text("".join(f"{line_of(one)}\n" for one in checkpoints))
        (folder / "kept.txt").write_text("".join(f"{words_of(one)}\n" for one in checkpoints))
        told = [said(folder, export, "--checkpoint", name) for name in ("kept.jsonl", "kept.txt")]
    assert (told[0][2], told[0][0] in (0, 1)) == ("", True)
    assert told[0] == told[-1]
    return told[0][:2]


def kept(store: SqlStore, practice: Practice = NORTH) -> Checkpoint:
    return store.end_of_record(practice)[0]


@pytest.mark.parametrize("name", TAMPERINGS)
def test_both_verifiers_name_whatever_was_tampered_with(
    recorded: SqlStore, database_url: str, tmp_path: Path, name: str
) -> None:
    tampering, before = TAMPERINGS[name], kept(recorded)
    with raw(database_url) as connection:
        tampering.by(connection)
    for known in ([], [before]):
        intact = tampering.only_with_a_checkpoint and not known
        code, told = verified(tmp_path, export_of(recorded), *known)
        named = {link.seq for link in recorded.audit_check(NORTH, known).broken}
        assert (named == set()) == intact
        assert (code, told.splitlines()[-1]) == ((0, "intact") if intact else (1, "tampered with"))
        if not intact:
            assert set(tampering.named) <= named
            findings = told.splitlines()[:-2]
            assert all(any(re.search(rf"(?<!\d){seq}(?!\d)", one) for one in findings) for seq in tampering.named), told


@pytest.mark.parametrize("seq", ["'abc'", "3.5", "x'00ff'"])
def test_an_event_whose_number_is_none_is_found_by_both(
    recorded: SqlStore, database_url: str, tmp_path: Path, seq: str
) -> None:
    with raw(database_url) as connection:
        if connection.dialect.name != "sqlite":
            return  # a column holds what its type can be
        connection.execute(text(f"UPDATE audit_events SET seq = {seq} WHERE practice = 'northside' AND seq = 3"))
    assert set(recorded.audit_check(NORTH).broken) == {BrokenLink(0, "inserted"), BrokenLink(3, "removed")}
    code, told = verified(tmp_path, export_of(recorded))
    assert (code, "event 0 of" in told, "events 3 to 3 were removed or changed" in told) == (1, True, True)


@pytest.mark.parametrize("name", [name for name in TAMPERINGS if "another practice" in name])
def test_an_event_moved_between_practices_is_missed_in_the_one_and_too_much_in_the_other(
    recorded: SqlStore, database_url: str, tmp_path: Path, name: str
) -> None:
    with raw(database_url) as connection:
        TAMPERINGS[name].by(connection)
    problems = {
        practice.id: [(link.seq, link.problem) for link in recorded.audit_check(practice).broken]
        for practice in (NORTH, SOUTH)
    }
    missed, gained = ("northside", "southside") if name == "moved to another practice" else ("southside", "northside")
    assert problems == {missed: [(4, "removed")], gained: [(EVENTS + 3, "inserted")]}
    for practice in (NORTH, SOUTH):
        assert verified(tmp_path, export_of(recorded, practice))[0] == 1


def test_an_export_that_nobody_touched_is_intact_and_holds_what_is_sealed_and_no_more(
    recorded: SqlStore, tmp_path: Path
) -> None:
    export, end = export_of(recorded), kept(recorded)
    assert verified(tmp_path, export) == verified(tmp_path, export, end)
    code, told = verified(tmp_path, export)
    looked_at = f"looked at: events 1 to {EVENTS} of 'northside', head sha256:{end.head}"
    assert (code, told.splitlines()) == (0, [looked_at, "intact"])
    events = [json.loads(line) for line in export.splitlines()[:-1]]
    assert all(set(event) == {"practice", "seq", *COLUMNS} for event in events)
    assert json.loads(export.splitlines()[-1]) == {
        "checkpoint": {
            "practice": "northside",
            "seq": EVENTS,
            "head": f"sha256:{end.head}",
            "at": events[-1]["at"].replace("+00:00", "Z"),
        }
    }
    assert events[-1]["after"] == f'{{"n":{EVENTS}}}'


def test_a_part_goes_on_from_a_checkpoint_at_hand_and_from_no_other(recorded: SqlStore, tmp_path: Path) -> None:
    before, first = kept(recorded), export_of(recorded)
    recorded.record(NORTH, [Event(ACTOR, "audit_read", "x") for _ in range(3)])
    more = export_of(recorded, since=EVENTS)
    code, told = verified(tmp_path, more, before)
    assert (code, told.splitlines()[0].split(" of ")[0]) == (0, f"looked at: events {EVENTS} to {EVENTS + 3}")
    assert verified(tmp_path, first + more)[0] == 0
    for wrong in ([], [replace(before, head="e" * 64)], [kept(recorded)]):
        code, told = verified(tmp_path, more, *wrong)
        assert (code, f"events 1 to {EVENTS} were removed" in told) == (1, True)
    (tmp_path / "first.jsonl").write_bytes(first)
    assert said(tmp_path, more, "--checkpoint", "first.jsonl")[0] == 0


@pytest.mark.parametrize("lines", range(EVENTS + 1))
def test_an_export_cut_short_shows_wherever_it_was_cut(recorded: SqlStore, tmp_path: Path, lines: int) -> None:
    whole = export_of(recorded)
    part = b"".join(whole.splitlines(keepends=True)[:lines])
    assert verified(tmp_path, part, kept(recorded))[0] == 1
    code, told = verified(tmp_path, part)
    assert (code, f"cut short after event {lines}" in told) == (1, True)
    half = part + whole[len(part) : len(part) + 40]
    assert said(tmp_path, half)[::2] == (2, "")


def test_lines_of_an_export_that_changed_places_or_were_repeated_are_named(recorded: SqlStore, tmp_path: Path) -> None:
    lines = export_of(recorded).splitlines(keepends=True)
    swapped = [*lines[:2], lines[3], lines[2], *lines[4:]]
    code, told = verified(tmp_path, b"".join(swapped))
    assert (code, "line 4, event 3 of 'northside': it comes after event 4" in told) == (1, True)
    repeated = [*lines[:3], lines[2], *lines[3:]]
    assert "line 4, event 3 of 'northside': it comes after event 3" in verified(tmp_path, b"".join(repeated))[1]


def test_exports_and_checkpoints_of_another_practice_are_named(recorded: SqlStore, tmp_path: Path) -> None:
    north, south = export_of(recorded).splitlines(keepends=True), export_of(recorded, SOUTH).splitlines(keepends=True)
    assert "no checkpoint is of 'northside'" in verified(tmp_path, b"".join(north), kept(recorded, SOUTH))[1]
    mixed = [*north[:3], south[3], *north[4:]]
    code, told = verified(tmp_path, b"".join(mixed))
    assert (code, "line 4, event 4 of 'southside'" in told, "events 4 to 4 were removed" in told) == (1, True, True)


def test_a_field_that_is_sealed_later_is_checked_by_the_same_script(recorded: SqlStore, tmp_path: Path) -> None:
    """The script seals whatever an event holds: it need not know the names."""
    lines = export_of(recorded).splitlines()
    event = json.loads(lines[-2]) | {"state": canonical({"ray": ["practitioner"]})}
    own, previous = event.pop("hash"), event.pop("previous_hash")
    sealed = hashlib.sha256((previous + canonical(event)).encode()).hexdigest()
    last = canonical(event | {"hash": sealed, "previous_hash": previous}).encode()
    end = lines[-1].replace(own.encode(), sealed.encode())
    assert verified(tmp_path, b"\n".join([*lines[:-2], last, end, b""]))[0] == 0
    without = canonical({**event, "state": None, "hash": sealed, "previous_hash": previous}).encode()
    assert verified(tmp_path, b"\n".join([*lines[:-2], without, end, b""]))[0] == 1


def test_values_that_are_no_longer_what_they_were_are_named(
    recorded: SqlStore, database_url: str, tmp_path: Path
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("a column of PostgreSQL holds values of its type")
    for seq, value in ((2, "x'ff00'"), (3, "CAST(x'ff' AS TEXT)"), (4, "1.5"), (5, "9e999")):
        with raw(database_url) as connection:
            connection.execute(
                text(f"UPDATE audit_events SET reason = {value} WHERE practice = 'northside' AND seq = {seq}")
            )
    code, told = verified(tmp_path, export_of(recorded))
    assert [line.split(" of ")[0].split(" ")[-1] for line in told.splitlines()[:-2]] == ["2", "3", "4", "5"], told
    assert code == 1
    assert recorded.audit_check(NORTH).broken == tuple(BrokenLink(seq, "changed") for seq in (2, 3, 4, 5))
    for seq, value in ((6, "'six'"), (7, "7.5")):
        with raw(database_url) as connection:
            connection.execute(
                text(f"UPDATE audit_events SET seq = {value} WHERE practice = 'northside' AND seq = {seq}")
            )
    assert {BrokenLink(6, "removed"), BrokenLink(7, "removed"), BrokenLink(0, "inserted")} <= {
        *recorded.audit_check(NORTH).broken
    }
    code, told = verified(tmp_path, export_of(recorded))
    assert (code, "event 0 of" in told, "events 6 to 7 were removed or changed" in told) == (1, True, True)


def test_a_count_of_events_beyond_all_measure_is_no_harm(recorded: SqlStore, database_url: str, tmp_path: Path) -> None:
    with raw(database_url) as connection:
        known_end(connection, 2**60, "a" * 64)
    broken = recorded.audit_check(NORTH).broken
    assert (broken[0], broken[-1], len(broken)) == (
        BrokenLink(EVENTS + 1, "removed"),
        BrokenLink(2**60, "removed"),
        1000,
    )
    assert verified(tmp_path, export_of(recorded))[0] == 1


def test_a_long_export_is_made_and_verified_a_page_at_a_time(recorded: SqlStore, tmp_path: Path) -> None:
    recorded.record(NORTH, [Event(ACTOR, "audit_read", "x", reason="y" * 1000) for _ in range(5000)])
    end, strays = recorded.end_of_record(NORTH)
    pages = list(exported(recorded, end, strays))
    assert max(len(page.splitlines()) for page in pages) == 100
    assert verified(tmp_path, b"".join(pages), end)[0] == 0
