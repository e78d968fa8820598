"""`authz audit verify`, `export` and `checkpoint`: whether the record is whole, for us and for outsiders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from authz.bootstrap import Services
from authz.cli.arguments import PracticeName
from authz.cli.exits import NO, YES
from authz.cli.new_file import newly_written
from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.cli.rows import every
from authz.core.changes import Event
from authz.core.decision import Decision, Request
from authz.core.errors import Invalid, NotFound, StoreUnavailable, Unreadable
from authz.core.names import INSTALLATION, Practice
from authz.core.record import AuditCheck, BrokenLink, Checkpoint
from authz.managing.emergencies import decided_in_emergencies
from authz.reviewing.checkpoints import facts_of, line_of, read_checkpoints, words_of
from authz.reviewing.exporting import exported

_WHERE = PracticeName(or_installation=True)
_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("practice", type=_WHERE, required=False)
@click.option("--checkpoint", "files", type=_FILE, multiple=True, help="A file of checkpoints kept elsewhere.")
@with_json
@click.pass_obj
def verify(printer: Printer, practice: Practice | None, files: tuple[Path, ...]) -> int:
    """Walk the whole record of PRACTICE, or of all practices, and name every event that was tampered with.

    Held against a checkpoint it also finds a record that was written anew from end to end.
    """
    kept = [one for file in files for one in _read(file)]
    if practice and files and not any(one.practice == practice for one in kept):
        raise Invalid.field("checkpoint", f"there is no checkpoint of `{practice}` in these files")
    rows: list[dict[str, object]] = []
    with opened() as service:
        for one in [practice] if practice else _all(service, kept):
            found = _checked(service, one, [checkpoint for checkpoint in kept if checkpoint.practice == one])
            broken = [{"seq": link.seq, "problem": link.problem} for link in found.broken]
            head = f"sha256:{found.head}"
            rows.append(
                {"practice": one.id, "intact": not broken, "events": found.events, "head": head, "broken": broken}
            )
    whole = all(row["intact"] for row in rows)
    printer.answer({"intact": whole, "practices": rows}, *map(_told, rows))
    return YES if whole else NO


@click.command()
@click.argument("practice", type=_WHERE)
@click.option("--since", type=click.IntRange(0, 10**15 - 1), default=0, help="Only the events after number SEQ.")
@click.option("--output", type=_FILE, help="A file that is not there yet, in place of standard output.")
@with_json
@click.pass_obj
def export(printer: Printer, practice: Practice, since: int, output: Path | None) -> None:
    """Write the record of PRACTICE as JSON Lines that deploy/verify_audit.py checks without this program.

    The last line is a checkpoint; an export without it was cut short.
    """
    with opened() as service:
        end, strays = service.store.end_of_record(practice)
        if since > end.seq:
            raise Invalid.field("since", f"must not be above {end.seq}, the last event of `{practice}`")
        with newly_written(output) as write:
            record_reading(service, practice, "audit_exported", {"since": since, "upto": end.seq})
            for page in exported(service.store, end, strays, since):
                write(page)
    if output is not None:
        facts = {"file": str(output), "since": since, "checkpoint": facts_of(end)}
        printer.answer(facts, f"{output}: events {since + 1} to {end.seq} of {practice}, head {facts_of(end)['head']}")


@click.command()
@click.argument("practice", type=_WHERE, required=False)
@with_json
@click.pass_obj
def checkpoint(printer: Printer, practice: Practice | None) -> None:
    """Tell how far the record of PRACTICE, or of each practice, has come: one line, to be kept elsewhere.

    Practice, number of the last event, its hash, its moment; with --json the same as JSON Lines. Either is what
    `authz audit verify --checkpoint` reads.
    """
    with opened() as service:
        for one in [practice] if practice else _all(service, ()):
            end, _ = service.store.end_of_record(one)
            click.echo(line_of(end) if printer.json else words_of(end))


def record_emergency(service: Services, request: Request, decision: Decision) -> None:
    """INVARIANT: a yes through emergency access leaves only after it stands in the record."""
    if events := decided_in_emergencies(typed().actor, [(request, decision)]):
        service.store.record(request.practice, events)


def record_reading(service: Services, practice: Practice, action: str, asked: Mapping[str, object]) -> None:
    """INVARIANT: what the record holds leaves only after it says who read it."""
    service.store.record(practice, [Event(typed().actor, action, f"practice:{practice}", after=asked)])


def _all(service: Services, kept: Iterable[Checkpoint]) -> list[Practice]:
    """The installation, all practices, and those that are only known from checkpoints any more."""
    there = [INSTALLATION, *every(service.store.practices, lambda one: one.id, "")]
    return [*there, *sorted({one.practice for one in kept} - {*there}, key=str)]


def _checked(service: Services, practice: Practice, kept: list[Checkpoint]) -> AuditCheck:
    try:
        found = service.store.audit_check(practice, kept)
    except NotFound:
        if not kept:
            raise
        return AuditCheck(0, "0" * 64, tuple(BrokenLink(one.seq, "removed") for one in kept))
    try:
        record_reading(service, practice, "audit_verified", {"events": found.events, "intact": not found.broken})
    except StoreUnavailable:
        if not found.broken:
            raise
        # What is broken is told even where nothing can be recorded any more, which may be what is broken.
    return found


def _read(path: Path) -> list[Checkpoint]:
    try:
        with path.open("rb") as file:
            return read_checkpoints(file, str(path))
    except OSError as error:
        raise Unreadable(f"`{path}` cannot be read: {error.strerror}") from error


def _told(row: Mapping[str, object]) -> str:
    broken = row["broken"]
    assert isinstance(broken, list)  # noqa: S101  # made above
    state = ", ".join(f"event {link['seq']} was {link['problem']}" for link in broken) or "intact"
    return f"{row['practice']}: {state}; {row['events']} events, head {row['head']}"
