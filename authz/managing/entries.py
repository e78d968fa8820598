"""What people type in, checked and brought into one form: names, labels, e-mail addresses, choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from authz.core.errors import FieldError, Invalid
from authz.core.names import BadName, Subject
from authz.policies.vocabulary import did_you_mean

LONGEST: Final = 200
_EMAIL: Final = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[^\s@,;:<>()\[\]\"\\.]+(\.[^\s@,;:<>()\[\]\"\\.]+)+")


class Entries:
    """Collects every bad field, so that all of them are told at once by `settle`."""

    def __init__(self) -> None:
        self._errors: list[FieldError] = []

    def wrong(self, field: str, message: str) -> None:
        """Notes that a field is bad."""
        self._errors.append(FieldError(field, message))

    def text(self, field: str, value: str, *, empty: bool = False) -> str:
        """A line of text of at most 200 characters, without control characters and white space around it."""
        line = value.strip()
        if not line and not empty:
            self.wrong(field, "must not be empty")
        elif len(line) > LONGEST:
            self.wrong(field, f"must not be longer than {LONGEST} characters")
        elif not line.isprintable():
            self.wrong(field, "must not hold control characters")
        return line

    def email(self, field: str, value: str) -> str:
        """An address in composed form; capitals stay, they make no difference when addresses are compared."""
        address = unicodedata.normalize("NFKC", value.strip())
        if len(address) > LONGEST or not address.isprintable() or not _EMAIL.fullmatch(address):
            self.wrong(field, "must be an e-mail address such as lee@clinic.example")
        return address

    def choice(self, field: str, value: str | None, choices: Sequence[str]) -> None:
        """One of a few words."""
        if value not in choices:
            self.wrong(field, f"must be one of {', '.join(choices)}{did_you_mean(str(value), choices)}")

    def user(self, field: str, id: str) -> Subject | None:
        """The person whom an id names."""
        try:
            return Subject.user(id)
        except BadName as error:
            self.wrong(field, str(error))
            return None

    def future(self, field: str, moment: datetime | None, now: datetime) -> None:
        """A moment that is still to come, or none."""
        if moment is not None and moment.utcoffset() is None:
            self.wrong(field, "must have its offset from UTC")
        elif moment is not None and moment <= now:
            self.wrong(field, "must lie in the future")

    def settle(self) -> None:
        """Raises Invalid if anything was bad."""
        if self._errors:
            raise Invalid(self._errors)
