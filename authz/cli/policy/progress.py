"""How far a long comparison has come: a bar on a terminal, and nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bar

from authz.cli.printing import Printer


@contextmanager
def progress_of(printer: Printer, doing: str) -> Iterator[Callable[[int, int], object]]:
    """What is told how many of how many are done; shown on standard error."""
    if printer.json or not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
