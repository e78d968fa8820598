"""A file that a command makes for whoever typed it: new, for their eyes only, and whole or not there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from authz.core.errors import Conflict, Unreadable


@contextmanager
def newly_written(path: Path | None) -> Iterator[Callable[[bytes], object]]:
    """Where what is made goes: a new file for its owner's eyes, not left there half written, or standard output."""
    if path is None:
        yield lambda page: click.echo(page, nl=False)
        return
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise Conflict("file_exists", f"`{path}` is there already; nothing takes another's place") from error
    except OSError as error:
        raise Unreadable(f"`{path}` cannot be written: {error.strerror}") from error
    try:
        with file:
            yield file.write
    except BaseException:
        path.unlink()
        raise
