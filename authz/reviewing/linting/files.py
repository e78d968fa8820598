"""Files of rules read for a look at them: the good rows with their places, and a finding for each bad line."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from authz.core.errors import LineError
from authz.core.names import INSTALLATION
from authz.core.policy import Rule
from authz.policies.rows import rules_in
from authz.reviewing.linting.findings import Finding, of_line

MOST_BAD_LINES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule and where it stands: a line of a file, or, with line 0, something stored that `where` names."""

    rule: Rule
    source: str
    line: int = 0
    where: str = ""

    def finding(self, check: str, message: str, hint: str = "") -> Finding:
        """A finding about this rule."""
        return Finding(check, self.source, self.line, message, hint, self.where)

    def seen_from(self, other: Placed) -> str:
        """How a finding about `other` names this place."""
        if not self.line:
            return self.where
        return f"line {self.line}" if self.source == other.source else f"{self.source}:{self.line}"


def read(path: Path, only: Container[str] | None = None) -> tuple[list[Placed], list[Finding]]:
    """The good rows of a file, in order, and what is wrong with the others; raises OSError.

    With `only`, rows about other resource types are passed over.
    """
    source = name_of(path)
    placed: list[Placed] = []
    findings: list[Finding] = []
    for number, found in rules_in(path, only):
        if isinstance(found, LineError):
            findings.append(of_line(source, found))
        else:
            placed.append(Placed(found, source, number))
        if len(findings) >= MOST_BAD_LINES:
            told = f"the file has {MOST_BAD_LINES} bad lines up to here; what follows was not read"
            findings.append(Finding("too-many-findings", source, number, told))
            break
    return placed, [*findings, *_of_single_practices(placed)]


def name_of(path: Path) -> str:
    """The file as it is best named here: from the working directory if it lies below it."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _of_single_practices(placed: Sequence[Placed]) -> Iterator[Finding]:
    for one in placed:
        if one.rule.practice != INSTALLATION:
            told = f"shipped rules are for every practice; this one names `{one.rule.practice}`"
            yield one.finding("practice-row", told, "write * in its place, or make it a role of that practice")
