"""What a command says: a table or a sentence for people, one JSON object for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

_Command = TypeVar("_Command", bound=Callable[..., Any])
WIDTH_OF_A_PIPE = 200


class Printer:
    """Where the answers of one run go; `json` is set by the option of that name.

    An answer goes to standard output; what went wrong goes to standard error.
    """

    def __init__(self) -> None:
        self.json = False

    def answer(self, facts: Mapping[str, object], *lines: str) -> None:
        """`facts` for programs, `lines` for people."""
        if self.json:
            self.facts(facts)
        else:
            for line in lines:
                click.echo(harmless(line))  # not wrapped: lines may be commands to copy

    def facts(self, facts: Mapping[str, object]) -> None:
        """One JSON object on one line."""
        click.echo(_in_json(facts))

    def table(self, name: str, rows: Sequence[Mapping[str, object]], columns: Iterable[str], empty: str) -> None:
        """`rows` as a table of these columns, or `empty` if there are none; to programs as `{name: [...]}`."""
        if self.json:
            self.facts({name: rows})
            return
        if not rows:
            click.echo(empty)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        shown = list(columns)
        for column in shown:
            table.add_column(column.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(Text(harmless(in_words(row.get(column)))) for column in shown))
        console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE, highlight=False)
        with console.capture() as captured:
            console.print(table)
        click.echo(captured.get(), nl=False)  # not by rich, which leaves with 1 where the reader has gone

    def problem(self, code: str, message: str, errors: Sequence[Mapping[str, object]] = ()) -> None:
        """Why there is no answer, on standard error."""
        if self.json:
            error: dict[str, object] = {"code": code, "message": message}
            if errors:
                error["errors"] = list(errors)
            click.echo(_in_json({"error": error}), err=True)
        else:
            click.echo(harmless(f"authz: {message}"), err=True)


def _in_json(value: Mapping[str, object]) -> str:
    """A JSON object on one line, in which what a terminal would act upon is written as JSON may write it."""
    text = orjson.dumps(value, default=str).decode()
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def harmless(text: str) -> str:
    """The text with whatever a terminal would act upon, or could not show, written out; lines stay lines."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)


def in_words(value: object) -> str:
    """A value as a table shows it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {in_words(of)}" for name, of in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value) or "-"
    return str(value)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.find_object(Printer).json = True  # type: ignore[union-attr]  # main puts one there


def with_json(command: _Command) -> _Command:
    """Gives a command the option `--json`; read before all others, so that their errors come as JSON too."""
    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_json,
        help="Answer with one JSON object.",
    )(command)
