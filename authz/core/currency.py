"""What a check must know of the present before it may answer from memory, and the seam that tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from authz.core.names import Practice, Subject


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key as it stands: whose it is, and whether it still opens anything.

    `in_force` is false for a key that was revoked, and for one of a person whose account is not there or was ended.
    """

    id: str
    subject: Subject
    practice: Practice | None
    expires_at: datetime | None
    in_force: bool

    def good(self, now: datetime) -> bool:
        """Whether the key lets its holder in at this moment."""
        return self.in_force and (self.expires_at is None or now < self.expires_at)


class Standing(NamedTuple):
    """A practice's revision and a key as they stood `age` seconds ago, each None if there is none of the name."""

    revision: int | None
    credential: Credential | None
    age: float


class Currency(Protocol):
    """Tells how things stand, for one event loop; of that loop's thread alone.

    INVARIANT: a standing of age 0 was read after the call for it began: what was committed before is in it.
    """

    def at_once(self, practice: Practice, hash: str, within: float) -> Standing | None:
        """How things stand, without waiting; None where that takes a `read`.

        An answer is at most `within` seconds old, whatever happens to the database. `hash` is the SHA-256 of a token.
        """
        ...

    async def read(self, practice: Practice, hash: str) -> Standing | None:
        """How things stand now, waiting a bounded time for the database.

        Raises StoreUnavailable when it does not answer; None where whoever asks has to find out in another way.
        """
        ...

    def arrived(self) -> None:
        """Something has come in, perhaps a question: what was found out before was found out before that."""
        ...

    def close(self) -> None:
        """Gives the connection back."""
        ...
