"""The grammar of names: who asks, in which practice, holding which role.

No name can hold a comma, white space, a control character or a wildcard, so that none can change
the meaning of a stored policy row, and a subject always carries its kind, so that no request can
name a role in the place of a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from authz.core.errors import AuthzError

_PRACTICE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
KINDS: Final = ("user", "service")
MOST_KEPT: Final = 10_000


class BadName(AuthzError):
    """A text that is no name of its kind; the message says what one looks like."""


@dataclass(frozen=True, slots=True, order=True)
class Practice:
    """A practice's id: the tenant, Casbin's domain. `INSTALLATION` is the one above all practices."""

    id: str

    def __post_init__(self) -> None:
        if self.id != "*" and not _PRACTICE.fullmatch(self.id):
            raise BadName("a practice id is 1 to 63 of a-z, 0-9 and -, not starting with -")

    @classmethod
    def parse(cls, text: str) -> Practice:
        """A practice as others may name it; raises BadName, also for the installation itself."""
        if text == "*":
            raise BadName("a practice id is 1 to 63 of a-z, 0-9 and -, not starting with -")
        return cls(text)

    @classmethod
    def of(cls, text: str) -> Practice:
        """A practice as it is stored, `*` included; raises BadName. The same text mostly gives the same object."""
        return _practice(text)

    def __str__(self) -> str:
        return self.id


INSTALLATION: Final = Practice("*")


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Who asks or holds a role: `user:lee` or `service:charting`; never a role."""

    kind: str
    id: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not _NAME.fullmatch(self.id):
            raise BadName("a subject is `user:` or `service:` and a name of 1 to 100 of A-Z a-z 0-9 . _ -")

    @classmethod
    def parse(cls, text: str) -> Subject:
        """`kind:id` taken apart; raises BadName. The same text mostly gives the same object."""
        return _subject(text)

    def __hash__(self) -> int:
        # Practices are full of people and everything about them is found by their names; a tuple's hash costs thrice.
        return hash(self.id)

    @classmethod
    def user(cls, name: str) -> Subject:
        """The person with this id; raises BadName."""
        return cls("user", name)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@lru_cache(maxsize=MOST_KEPT)
def _practice(text: str) -> Practice:
    return Practice(text)


@lru_cache(maxsize=MOST_KEPT)
def _subject(text: str) -> Subject:
    kind, _, name = text.partition(":")
    return Subject(kind, name)


@lru_cache(maxsize=MOST_KEPT)
def role_name(text: str) -> str:
    """`text` itself if it can be a role's name; raises BadName."""
    if not _NAME.fullmatch(text):
        raise BadName("a role's name is 1 to 100 of A-Z a-z 0-9 . _ -, starting with a letter or digit")
    return text
