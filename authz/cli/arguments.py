"""Arguments that many commands share, read into core types before a command runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from authz.core.names import INSTALLATION, BadName, Practice, Subject, role_name

NOBODY: Final = "none"
_LONGEST: Final = 19  # digits that a revision can have
_SPAN = re.compile(r"([1-9][0-9]{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class PracticeName(click.ParamType[Practice]):
    """A practice's id; `*`, where it makes sense, is the whole installation."""

    name = "practice"

    def __init__(self, *, or_installation: bool = False) -> None:
        self._or_installation = or_installation

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Practice:
        """The practice of that name; a usage error for a text that names none."""
        if isinstance(value, Practice):
            return value
        if self._or_installation and value == "*":
            return INSTALLATION
        try:
            return Practice.parse(str(value))
        except BadName as error:
            self.fail(str(error), param, ctx)


class Then(click.ParamType[int | datetime]):
    """A revision, a moment that has been, or how long ago: 41, 2026-11-23T08:00:00Z, 8h."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | datetime:
        """The revision or the moment; a usage error for a text that is neither."""
        if isinstance(value, int | datetime):
            return value
        text = str(value)
        return int(text) if text.isdigit() and len(text) < _LONGEST else Moment(past=True).convert(text, param, ctx)


class SubjectName(click.ParamType[Subject]):
    """`user:lee` or `service:charting`."""

    name = "subject"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Subject:
        """The subject of that name; a usage error for a text that names none."""
        if isinstance(value, Subject):
            return value
        try:
            return Subject.parse(str(value))
        except BadName as error:
            self.fail(str(error), param, ctx)


class UserName(click.ParamType[Subject | str]):
    """A person's id, with or without `user:` in front; where it makes sense `none` is nobody, and stays that text."""

    name = "user"

    def __init__(self, *, or_none: bool = False) -> None:
        self._or_none = or_none

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Subject | str:
        """The person of that id; a usage error for a text that names none."""
        if isinstance(value, Subject):
            return value
        if self._or_none and value == NOBODY:
            return NOBODY
        try:
            return Subject.user(str(value).removeprefix("user:"))
        except BadName as error:
            self.fail(str(error), param, ctx)


class RoleName(click.ParamType[str]):
    """A role's name."""

    name = "role"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name itself; a usage error for a text that is none."""
        try:
            return role_name(str(value))
        except BadName as error:
            self.fail(str(error), param, ctx)


class Moment(click.ParamType[datetime]):
    """A date and time with its offset, or a span from now: `30m`, `8h`, `90d`; with `past`, a span before now."""

    name = "moment"

    def __init__(self, *, past: bool = False) -> None:
        self._past = past

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment in UTC; a usage error for a text that is none, or for a past one where it may not be."""
        if isinstance(value, datetime):
            return value
        now, text = datetime.now(UTC), str(value)
        if span := _SPAN.fullmatch(text):
            length = timedelta(**{_UNITS[span[2]]: int(span[1])})
            return now - length if self._past else now + length
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"`{text}` is no moment; write 2026-11-23T08:00:00Z, or 30m, 8h, 90d from now", param, ctx)
        if moment.utcoffset() is None:
            self.fail(f"`{text}` needs its offset from UTC, as in 2026-11-23T08:00:00Z", param, ctx)
        if moment <= now and not self._past:
            self.fail(f"`{text}` is past", param, ctx)
        return moment.astimezone(UTC)


class Pair(click.ParamType[tuple[str, str]]):
    """`NAME=VALUE`."""

    name = "name=value"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The two halves; a usage error without `=` or without a name."""
        if isinstance(value, tuple):
            return value
        name, separator, text = str(value).partition("=")
        if not separator or not name:
            self.fail(f"`{value}` is not NAME=VALUE", param, ctx)
        return name, text


def mapping(pairs: tuple[tuple[str, str], ...], option: str) -> dict[str, str]:
    """The pairs as a mapping; a usage error if a name comes twice."""
    read: dict[str, str] = {}
    for name, value in pairs:
        if name in read:
            raise click.UsageError(f"{option} gives `{name}` twice")
        read[name] = value
    return read
