"""A member shown: on its own, or as a change leaves it."""

from __future__ import annotations

from authz.cli.people import Member
from authz.cli.printing import Printer, in_words
from authz.cli.writing import tell
from authz.managing import Outcome


def show_member(printer: Printer, found: Member) -> None:
    """Everything about one member."""
    printer.answer(found.as_json(), *_lines(found))


def tell_member(printer: Printer, outcome: Outcome, found: Member) -> None:
    """Everything about one member, and the effect of the change."""
    tell(printer, outcome, found.as_json(), *_lines(found))


def _lines(found: Member) -> list[str]:
    return [f"{name.replace('_', ' '):<16} {in_words(value)}" for name, value in found.row().items()]
