"""Written values taken as what they ought to be; what they are instead is noted with its line, all of it at once."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import Final

from authz.core.errors import BadPolicy, LineError
from authz.core.names import BadName, Subject, role_name
from authz.policies.vocabulary import did_you_mean
from authz.reviewing.written import Written

MOST_HINTS: Final = 20
_NOTHING: Final[Mapping[str, Written]] = {}


class Expecting:
    """Reads one file's values. A value that is not as expected is noted, and something empty stands in its place."""

    def __init__(self, source: str) -> None:
        self.source: Final = source
        self.errors: Final[list[LineError]] = []

    def settle(self) -> None:
        """Raises BadPolicy if anything was noted; what was noted twice, of people named together, is told once."""
        if self.errors:
            raise BadPolicy(self.source, set(self.errors))

    def wrong(self, written: Written, rule: str, message: str) -> None:
        """Notes that something is wrong with a value."""
        self.errors.append(LineError(written.line, rule, message))

    def unknown(self, written: Written, what: str, word: str, known: Iterable[str]) -> None:
        """Notes a word that means nothing here; "did you mean" for the first of them."""
        hint = did_you_mean(word, known) if len(self.errors) < MOST_HINTS else ""
        self.wrong(written, what.replace(" ", "_"), f"unknown {what} `{word[:60]}`{hint}")

    def table(self, written: Written | None, what: str, known: Collection[str] | None = None) -> Mapping[str, Written]:
        """A table, and if its fields are `known`, no others; nothing at all where nothing is written."""
        if written is None or written.value is None:
            return _NOTHING
        if not isinstance(written.value, Mapping):
            self.wrong(written, "kind", f"{what} must be a table of names and values")
            return _NOTHING
        for name, value in written.value.items():
            if known is not None and name not in known:
                self.unknown(value, "field", name, known)
        return written.value

    def items(self, written: Written | None, what: str) -> tuple[Written, ...]:
        """A list; nothing at all where nothing is written."""
        if written is None or written.value is None:
            return ()
        if not isinstance(written.value, tuple):
            self.wrong(written, "kind", f"{what} must be a list")
            return ()
        return written.value

    def text(self, written: Written | None, what: str) -> str:
        """A text; empty where nothing is written."""
        if written is None:
            return ""
        if not isinstance(written.value, str):
            self.wrong(written, "kind", f"{what} must be a text")
            return ""
        return written.value

    def flag(self, written: Written, what: str) -> bool:
        """True or false."""
        if not isinstance(written.value, bool):
            self.wrong(written, "kind", f"{what} must be true or false")
        return written.value is True

    def word(self, written: Written, what: str, known: Collection[str]) -> str:
        """One of these words."""
        text = self.text(written, what)
        if isinstance(written.value, str) and text not in known:
            self.unknown(written, what, text, known)
        return text

    def words(self, written: Written, what: str, known: Container[str] | None = None) -> list[str]:
        """A list of texts, each one of these if they are known."""
        found = []
        for item in self.items(written, what):
            text = self.text(item, f"each of {what}")
            if known is not None and text not in known and isinstance(item.value, str):
                self.unknown(item, what, text, known if isinstance(known, Collection) else ())
            found.append(text)
        return found

    def roles(self, written: Written, what: str) -> list[str]:
        """A list of names that roles may have."""
        found = self.words(written, what)
        for name in found:
            self.role(written, name)
        return found

    def role(self, written: Written, name: str) -> str:
        """A name that a role may have."""
        try:
            return role_name(name)
        except BadName as error:
            self.wrong(written, "name", str(error))
            return name

    def user(self, written: Written, id: str) -> str:
        """An id that a user may have."""
        try:
            return Subject.user(id).id
        except BadName as error:
            self.wrong(written, "name", str(error))
            return id
