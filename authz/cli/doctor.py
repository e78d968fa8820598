"""`authz doctor`: looks the installation over and tells what it finds."""

from __future__ import annotations

import click

from authz.cli.exits import NO, YES
from authz.cli.findings import Finding, look_over
from authz.cli.opening import settings
from authz.cli.printing import Printer, with_json
from authz.settings import BadSettings


@click.command()
@with_json
@click.pass_obj
def doctor(printer: Printer) -> int:
    """Show the settings in force and check that the service could decide.

    Exit code 0: all well; 1: there are findings.
    """
    try:
        asked = settings()
    except BadSettings as error:
        return _show(printer, [], [Finding("settings", False, problem) for problem in error.problems])
    return _show(printer, asked.shown(), look_over(asked))


def _show(printer: Printer, shown: list[tuple[str, str]], found: list[Finding]) -> int:
    well = all(finding.well for finding in found)
    if printer.json:
        findings = [{"about": f.about, "well": f.well, "text": f.text} for f in found]
        printer.facts({"well": well, "settings": dict(shown), "findings": findings})
    else:
        printer.table("settings", [{"setting": n, "value": v} for n, v in shown], ("setting", "value"), "no settings")
        printer.answer({}, "")
        rows = [{"": "ok" if f.well else "BAD", "about": f.about, "finding": f.text} for f in found]
        printer.table("findings", rows, ("", "about", "finding"), "nothing looked at")
    return YES if well else NO
