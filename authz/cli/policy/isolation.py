"""`authz policy isolation`: the certificate that no practice can alter an answer in another."""

from __future__ import annotations

from collections.abc import Iterator

import click

from authz import __version__
from authz.bootstrap import Services
from authz.cli.exits import NO, YES
from authz.cli.opening import opened
from authz.cli.policy.progress import progress_of
from authz.cli.printing import Printer, with_json
from authz.cli.rows import every
from authz.core.names import INSTALLATION
from authz.core.policy import Snapshot
from authz.reviewing.isolation import Certificate, certified


@click.command()
@with_json
@click.pass_obj
def isolation(printer: Printer) -> int:
    """Try every question in one practice beside all that could be changed in another.

    With the rules in force and the engine itself; then look for rows of other practices in what is stored of each.
    Exit code 0: no change in one practice alters an answer in another; 1: one does, and is named.
    """
    with opened() as service:
        rules = service.store.snapshot(INSTALLATION).rules
        with progress_of(printer, "trying") as progress:
            found = certified(rules, service.engine, _stored(service), progress)
    facts = {
        "isolated": found.holds,
        "version": __version__,
        "policy": found.digest,
        "rules": found.rules,
        "questions": found.questions,
        "changes": found.changes,
        "practices": found.practices,
        "rows": found.rows,
        "altered": list(found.altered),
        "foreign": list(found.foreign),
    }
    printer.answer(facts, *_lines(found))
    return YES if found.holds else NO


def _stored(service: Services) -> Iterator[Snapshot]:
    for practice in every(service.store.practices, lambda one: one.id, ""):
        yield service.store.snapshot(practice)


def _lines(found: Certificate) -> list[str]:
    verdict = "no change within one practice alters an answer in another" if found.holds else "NOT isolated"
    return [
        verdict,
        f"  authz {__version__}, policy {found.digest}, {found.rules} rules",
        f"  {found.questions} questions in one practice, {found.changes} changes in another",
        f"  {found.rows} stored rows of {found.practices} practices, each of its own practice or of the installation",
        *(f"  {one}" for one in (*found.altered, *found.foreign)),
    ]
