"""Text held to the rules for what people type in, so that it is told together with all other bad fields of a body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import marshmallow as ma

from authz.api.auth import services
from authz.api.fields import Moment, Text
from authz.core.errors import Invalid
from authz.core.names import BadName, role_name
from authz.managing.entries import Entries


class Entered(Text):
    """A string that a rule of `Entries` has nothing against; it is handed on as it came."""

    def __init__(self, rule: Callable[[Entries, str, str], object], **kwargs: Any) -> None:
        self._rule = rule
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        settle(lambda entries: self._rule(entries, "", text))
        return text


class Address(Entered):
    """An e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Entries.email, **kwargs)


class Line(Entered):
    """A name or a label: one line, not empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Entries.text, **kwargs)


class Choice(Entered):
    """One of a few words."""

    def __init__(self, choices: Sequence[str], **kwargs: Any) -> None:
        described = {"enum": [*choices], **kwargs.pop("metadata", {})}
        super().__init__(
            lambda entries, field, value: entries.choice(field, value, choices), metadata=described, **kwargs
        )


class RoleName(Text):
    """The name of a role."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return role_name(super()._deserialize(value, attr, data, **kwargs))
        except BadName as error:
            raise ma.ValidationError(str(error)) from error


class Later(Moment):
    """A moment that is still to come."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        settle(lambda entries: entries.future("", moment, services().now()))
        return moment


def settle(check: Callable[[Entries], object]) -> None:
    """Raises the library's error with what a check notes."""
    entries = Entries()
    check(entries)
    try:
        entries.settle()
    except Invalid as invalid:
        raise ma.ValidationError([error.message for error in invalid.errors]) from invalid
