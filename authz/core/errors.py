"""Every failure this service can state, in its own words.

    AuthzError
    ├── Unreadable          the bytes are no request at all
    ├── Invalid             readable but wrong; names every bad field
    ├── NotAuthenticated    no credential, or one that is not good
    ├── NotAllowed          the caller may not do this
    ├── NotFound            there is no such thing, or the caller may not know that there is
    ├── Conflict            the change contradicts what is stored
    ├── StaleExpectation    the practice has moved on since the caller looked
    ├── BadPolicy           a policy file or model that must not be run; names every bad line
    ├── StoreUnavailable    the question cannot be answered now
    ├── IssuerUnavailable   a person's token cannot be verified now
    └── Overloaded          too much of this kind is being done already

No error carries a decision: whoever catches one has no answer, and no answer is a no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: `path` as dotted names and indexes (`checks.3.action`), `message` for a person."""

    path: str
    message: str


@dataclass(frozen=True, slots=True, order=True)
class LineError:
    """One bad line of a policy file: its number from 1, the rule it breaks, a message for a person."""

    line: int
    rule: str
    message: str


class AuthzError(Exception):
    """The root: `str(error)` is a sentence for a person, lower case, without a full stop."""


class Unreadable(AuthzError):
    """The request cannot be read as what it claims to be."""


class Invalid(AuthzError):
    """The request was read and is wrong; `errors` holds every bad field, never just the first."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.path}: {e.message}" for e in self.errors))

    @classmethod
    def field(cls, path: str, message: str) -> Invalid:
        """The common case of a single bad field."""
        return cls([FieldError(path, message)])


class NotAuthenticated(AuthzError):
    """No credential came with the request, or one that is unknown, expired or revoked."""


class NotAllowed(AuthzError):
    """The caller is known and may not do this."""


class NotFound(AuthzError):
    """What was named is not there, or is not the caller's to know about."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"no {kind} `{name}`")


class Conflict(AuthzError):
    """The change contradicts what is stored; `code` tells programs which rule it breaks."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class StaleExpectation(AuthzError):
    """The practice is at revision `actual`, not at the `expected` one that the caller had seen."""

    def __init__(self, expected: int, actual: int) -> None:
        self.expected, self.actual = expected, actual
        super().__init__(f"the practice is at revision {actual}, not {expected}")


class BadPolicy(AuthzError):
    """A policy source that must not be run; `errors` holds every bad line, sorted."""

    def __init__(self, source: str, errors: Iterable[LineError]) -> None:
        self.source = source
        self.errors = tuple(sorted(errors))
        super().__init__("\n".join(f"{source}:{e.line}: {e.message} [{e.rule}]" for e in self.errors))


class StoreUnavailable(AuthzError):
    """The database did not answer; the same request may succeed later. Never means a decision."""


class IssuerUnavailable(AuthzError):
    """The issuer of people's tokens gave no keys to verify one with; the same request may succeed later."""


class Overloaded(AuthzError):
    """Too much of this kind is being done already; the same request may succeed later."""
