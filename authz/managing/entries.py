"""What people type in, checked and brought into one form: names, labels, e-mail addresses, choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from authz.core.errors import FieldError, Invalid
from authz.core.names import BadName, Practice, Subject
from authz.core.people import REPLY_TO, Person, folded
from authz.policies import VOCABULARY
from authz.policies.administration import SETTLED
from authz.policies.vocabulary import did_you_mean

LONGEST: Final = 200
MOST_ALIASES: Final = 20
TOO_MANY_ALIASES: Final = f"must not hold more than {MOST_ALIASES} addresses"
MOST_HINTS: Final = 20
_PHONE: Final = re.compile(r"\+?[0-9(][0-9 ()./-]{2,38}")
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_IDEOGRAPHIC_STOP: Final = "\u3002"
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
        if len(line) > LONGEST:
            self.wrong(field, f"must not be longer than {LONGEST} characters")
        elif not line.isprintable():
            self.wrong(field, "must not hold control characters")
        elif not visible(line) and not empty:
            self.wrong(field, "must not be empty")
        return line

    def email(self, field: str, value: str) -> str:
        """An address in composed form; capitals stay, they make no difference when addresses are compared."""
        name, at, domain = unicodedata.normalize("NFKC", value.strip()).rpartition("@")
        # Mail reads these as dots, so that one at the end would be a second writing of somebody's address.
        address = f"{name}{at}{domain.replace(_IDEOGRAPHIC_STOP, '.')}"
        seen = address.isprintable() and not _UNSEEN.search(address)
        if len(address) > LONGEST or not seen or not _EMAIL.fullmatch(address):
            self.wrong(field, "must be an e-mail address such as lee@clinic.example")
        return address

    def phone(self, field: str, value: str) -> str:
        """A telephone number as people write it, or nothing: digits with spaces, dots, dashes, brackets and a plus."""
        number = " ".join(value.split())
        if number and not _PHONE.fullmatch(number):
            self.wrong(field, "must be a telephone number such as +1 555 0100")
        return number

    def aliases(self, field: str, values: Sequence[str]) -> tuple[str, ...]:
        """Further addresses, no two of them the same."""
        found = tuple(self.email(f"{field}.{index}", value) for index, value in enumerate(values))
        if len(values) > MOST_ALIASES:
            self.wrong(field, TOO_MANY_ALIASES)
        if len({folded(alias) for alias in found}) < len(found):
            self.wrong(field, "must not hold the same address twice")
        return found

    def person(
        self,
        lead: str,
        id: str,
        email: str,
        name: str,
        home: Practice | None,
        phone: str = "",
        aliases: Sequence[str] = (),
        reply_to: str = "shared",
    ) -> Person:
        """A new account; `lead` stands before the names of its fields. Of use only once all is settled."""
        subject = self.user(f"{lead}id", id) or Subject.user("nobody")
        address, others = self.email(f"{lead}email", email), self.aliases(f"{lead}aliases", aliases)
        if folded(address) in map(folded, others):
            self.wrong(f"{lead}aliases", "must not hold the e-mail address itself")
        self.choice(f"{lead}reply_to", reply_to, REPLY_TO)
        title, number = self.text(f"{lead}name", name), self.phone(f"{lead}phone", phone)
        return Person(subject, title, address, home, phone=number, aliases=others, reply_to=reply_to)

    def choice(self, field: str, value: object, choices: Sequence[str]) -> None:
        """One of a few words."""
        if value not in choices:
            self.wrong(field, f"must be one of {', '.join(choices)}{did_you_mean(str(value), choices)}")

    def supplied(self, field: str, given: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
        """Attributes by resource type, every one of them known."""
        for type, names in given.items():
            known = VOCABULARY.types.get(type)
            if known is None or type in SETTLED:
                about = (
                    "is no matter of callers" if known else f"unknown resource type{self._hint(type, VOCABULARY.types)}"
                )
                self.wrong(f"{field}.{type[:100]}", about)
                continue
            for name in names:
                if name not in known.attributes:
                    hint = self._hint(name, known.attributes)
                    self.wrong(f"{field}.{type}", f"`{type}` has no attribute `{name[:100]}`{hint}")
        return {type: frozenset(names) for type, names in given.items()}

    def _hint(self, word: str, known: Iterable[str]) -> str:
        """ "Did you mean" for the first errors; to search for thousands would cost too much."""
        return did_you_mean(word, known) if len(self._errors) < MOST_HINTS else ""

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


def visible(text: str) -> bool:
    """Whether a person who reads this text sees anything at all."""
    return any(sign.isprintable() and not sign.isspace() for sign in _UNSEEN.sub("", text))
