"""A TOML file that people wrote: what it states, and the lines to which errors about it point."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from authz.core.errors import BadPolicy, LineError

_AT_LINE: Final = re.compile(r"at line (\d+)")
_HEAD: Final = re.compile(r"\s*\[\[?\s*([A-Za-z_]+)\s*\]\]?")  # of a table, not of one inside another
_QUOTED: Final = re.compile("`([^`]+)`")


class TomlFile:
    """What a file states, as `given`, and the errors found in it so far."""

    def __init__(self, path: Path, rule: str) -> None:
        """Raises BadPolicy for a file that is no TOML, or cannot be read; its errors are marked with `rule`."""
        self.path, self._rule = path, rule
        self.errors: list[LineError] = []
        try:
            text = path.read_text(encoding="utf-8")
            self.given: Mapping[str, Any] = tomllib.loads(text)
        except RecursionError:
            self._refuse(1, "is nested too deeply")
        except UnicodeDecodeError:
            self._refuse(1, "is not UTF-8")
        except (OSError, ValueError) as error:
            found = _AT_LINE.search(str(error))
            self._refuse(int(found[1]) if found else 1, str(error))
        self._lines = text.splitlines()

    def wrong(self, message: str, table: str = "", number: int = 0) -> None:
        """Notes what is wrong, with the `number`th of these tables if one is named.

        The line is where the first word stands that the message has in backticks, as far as it can be found.
        """
        self.errors.append(LineError(self._line(message, table, number), self._rule, message))

    def settle(self) -> None:
        """Raises BadPolicy naming all that is wrong, if anything is."""
        if self.errors:
            raise BadPolicy(str(self.path), self.errors)

    def _refuse(self, line: int, message: str) -> None:
        self.errors.append(LineError(line, self._rule, message))
        self.settle()

    def _line(self, message: str, table: str, number: int) -> int:
        heads = {n: found[1] for n, line in enumerate(self._lines) if (found := _HEAD.match(line))}
        mine = [n for n, name in heads.items() if name == table]
        first, last = 0, len(self._lines)
        if mine:
            first = mine[min(max(number, 1), len(mine)) - 1]
            last = next((n for n in heads if n > first), last)
        for word in (*_QUOTED.findall(message), table):
            stands = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
            for n in range(first, last):
                if stands.search(self._lines[n].partition("#")[0]):
                    return n + 1
        return first + 1
