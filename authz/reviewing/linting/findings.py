"""What a look at a policy finds: every kind of finding in one table, and one finding of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from authz.core.errors import LineError

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES: Final = (ERROR, WARNING, NOTE)
MOST_SHOWN: Final = 400
_HINT: Final = "; did you mean "


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of finding: its name, which stays the same, how bad it is, what it says, and what mostly helps."""

    id: str
    severity: str
    words: str
    hint: str = ""


_CHECKS: Final = (
    Check("file", ERROR, "What is there is no file.", "save what a pipe or a device gives as a file first"),
    Check("size", ERROR, "The file is empty or too big.", "split it, or look whether it is the file you meant"),
    Check("encoding", ERROR, "The file or line is not UTF-8 text.", "save the file as plain text, UTF-8"),
    Check("kind", ERROR, "A line is no rule.", "a rule begins with `p,` and a comment with `#`"),
    Check(
        "arity",
        ERROR,
        "A row is too short or too long.",
        "p, role, practice, resource type, action, conditions, effect",
    ),
    Check("name", ERROR, "A role or practice cannot be called that.", "use letters, digits and . _ -"),
    Check("resource", ERROR, "There is no such resource type.", "GET /v1/vocabulary lists them"),
    Check("action", ERROR, "The resource type has no such action.", "GET /v1/vocabulary lists them"),
    Check(
        "condition",
        ERROR,
        "There is no such condition, or the resource type cannot have it.",
        "GET /v1/vocabulary lists them",
    ),
    Check("effect", ERROR, "The effect is neither allow nor deny."),
    Check("never", ERROR, "No role may do this.", "remove the row"),
    Check("guard", ERROR, "A condition that the action always needs is forgotten.", "add it with a +"),
    Check("duplicate", ERROR, "The same rule stands there already.", "remove one of them"),
    Check("practice-row", ERROR, "A shipped rule names a single practice.", "write * in the place of the practice"),
    Check(
        "too-many-rows",
        WARNING,
        "There are more rows about one action than can be compared.",
        "say it with fewer rows",
    ),
    Check("shadowed", WARNING, "All that a row allows or denies, another row does already.", "remove the narrower row"),
    Check(
        "taken-away",
        WARNING,
        "All that a row allows, a denial of the same role takes away.",
        "remove the row, or narrow the denial",
    ),
    Check(
        "impossible",
        WARNING,
        "The conditions of a row never hold together.",
        "write a row for each case, or correct the conditions",
    ),
    Check(
        "idle-denial",
        WARNING,
        "A denial takes nothing away from anybody.",
        "remove it, or look whether role, type and action are the ones you meant",
    ),
    Check("role-misspelt", WARNING, "A role is called almost as one that the service gives."),
    Check(
        "role-unheld",
        WARNING,
        "Nobody can be given a role.",
        "let some role `appoint` on `grant`, or remove the rows",
    ),
    Check(
        "role-by-hand",
        NOTE,
        "No switch gives a role: it is held where it was granted by name.",
    ),
    Check("unexercised", WARNING, "No grid would notice if a rule were missing.", "add a cell that depends on it"),
    Check("bad-duty", ERROR, "A line of the duties to keep apart is none.", "a pair has eight fields, see `--help`"),
    Check(
        "duties-one-role",
        WARNING,
        "One role holds two duties that are to be kept apart.",
        "move one of the two to another role",
    ),
    Check(
        "duties-one-person",
        WARNING,
        "One person holds two duties that are to be kept apart.",
        "take back a role that gives one of the two",
    ),
    Check("row-set-aside", ERROR, "A stored row cannot be read.", "`authz doctor` lists them; mend it in the database"),
    Check("owner-unfit", ERROR, "The practice has no owner who is an active admin.", "`authz practices owner`"),
    Check("too-many-admins", WARNING, "A practice has many admins.", "take `admin` from those who do not need it"),
    Check(
        "grant-to-no-member",
        WARNING,
        "A role is granted to somebody who is no member.",
        "`authz revoke`, or admit them as a guest",
    ),
    Check("grant-of-no-role", WARNING, "What was granted is no role any more.", "`authz revoke`"),
    Check(
        "grant-to-who-left",
        NOTE,
        "Somebody who left keeps roles, which would count again on their return.",
        "`authz revoke` what they should not find again",
    ),
    Check("grant-expired", NOTE, "A grant has ended.", "`authz revoke` it, or give it a later end"),
    Check("role-unused", NOTE, "Nobody holds a role of the practice.", "remove it if it is not needed"),
    Check("seat-unused", NOTE, "A paid seat is held by somebody who is no practitioner.", "make it an `office` seat"),
    Check("too-many-findings", ERROR, "There are more findings in a file than are told.", "mend these first"),
)
CHECKS: Final = {check.id: check for check in _CHECKS}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `line` is 0 where there are no lines; `where` then says in words what it is about.

    The texts hold nothing that could move a terminal's cursor, and none is longer than `MOST_SHOWN`.
    """

    check: str
    source: str
    line: int
    message: str
    hint: str = ""
    where: str = ""

    def __post_init__(self) -> None:
        for name in ("source", "message", "hint", "where"):
            object.__setattr__(self, name, printable(getattr(self, name)))
        if not self.hint:
            object.__setattr__(self, "hint", CHECKS[self.check].hint)

    @property
    def severity(self) -> str:
        """`error`, `warning` or `note`."""
        return CHECKS[self.check].severity


def of_line(source: str, error: LineError) -> Finding:
    """The finding that a bad line is; what it may have been meant to say becomes the hint."""
    message, meant, word = error.message.partition(_HINT)
    return Finding(error.rule, source, error.line, message, f"did you mean {word}" if meant else "")


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By source, line and what they are about."""
    return sorted(findings, key=lambda f: (f.source, f.line, f.where, f.check, f.message))


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many there are of each severity, as `errors`, `warnings` and `notes`."""
    found = Counter(finding.severity for finding in findings)
    return {f"{severity}s": found[severity] for severity in SEVERITIES}


def printable(text: str) -> str:
    """The text with every control character and such written out, and cut where it grows too long."""
    short = text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)
