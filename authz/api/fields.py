"""What stands in bodies and queries: fields that are strict and say in our own words what is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

import marshmallow as ma

from authz.core.errors import FieldError
from authz.core.names import BadName, Practice, Subject
from authz.policies.vocabulary import did_you_mean

PRACTICE_PATTERN: Final = "^[a-z0-9][a-z0-9-]{0,62}$"
NAME_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
SUBJECT_PATTERN: Final = "^(user|service):[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
LARGEST: Final = 2**53 - 1
SHOWN: Final = 60
_MOST_HINTS: Final = 20
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_Messages = dict[str, str | list[Any] | dict[Any, Any]]


def _words(invalid: str, **more: str) -> _Messages:
    return {"required": "is missing", "null": "must not be null", "invalid": invalid, **more}


LIST_WORDS: Final = _words("must be a list")
OBJECT_WORDS: Final = _words("must be an object")
_SCHEMA_WORDS = {"unknown": "unknown field", "type": "must be an object"}


class Body(ma.Schema):
    """An object with known fields and no others; an unknown one is an error with a hint."""

    error_messages = _SCHEMA_WORDS

    def handle_error(self, error: ma.ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Puts "did you mean" behind each of the first unknown fields; to hint at thousands costs too much."""
        messages = error.messages
        told = messages if isinstance(messages, dict) else {}
        # They come in no order: told in one, the same request gets the same answer of every process.
        unknown = sorted(key for key in told if key not in self.fields and key != ma.exceptions.SCHEMA)
        for number, key in enumerate(unknown):
            words = messages.pop(key)
            messages[key] = [f"unknown field{did_you_mean(key, self.fields)}"] if number < _MOST_HINTS else words

    def further(self, raw: object) -> tuple[FieldError, ...]:
        """What else is wrong with a body that this schema refuses, so that all of it is told at once."""
        return ()


class Text(ma.fields.String):
    """A string; anything else is an error, a number too."""

    default_error_messages = _words("must be a string", invalid_utf8="must be a string")


class Plain(Text):
    """A string, of several lines perhaps, without control characters: not every database stores them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _CONTROL.search(text):
            raise ma.ValidationError("must not hold control characters")
        return text


class Whole(ma.fields.Integer):
    """A whole number written as one: `true`, `1.0` and `"1"` are errors."""

    default_error_messages = _words(f"must be a whole number from 0 to {LARGEST}")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise self.make_error("invalid")
        return value


class Counted(ma.fields.Integer):
    """A whole number in a query, in plain digits, from 1 to `most`."""

    default_error_messages = _words("must be a whole number from 1 to {most}")

    def __init__(self, most: int, **kwargs: Any) -> None:
        self.most = most
        super().__init__(metadata={"minimum": 1, "maximum": most}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9
        if not digits or not 1 <= int(value) <= self.most:
            raise self.make_error("invalid", most=self.most)
        return int(value)


class YesOrNo(ma.fields.Boolean):
    """`true` or `false` in a query."""

    default_error_messages = _words("must be true or false")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(value == "true")


class Flag(ma.fields.Boolean):
    """True or false, written as such: `1` and `"yes"` are errors."""

    default_error_messages = _words("must be true or false")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid")
        return value


class Moment(ma.fields.AwareDateTime):
    """A moment of RFC 3339 with its offset from UTC, taken as UTC."""

    default_error_messages = _words(
        "must be a time such as 2026-11-23T08:00:00Z",
        invalid_awareness="must be a time with its offset, such as 2026-11-23T08:00:00Z",
    )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        found: datetime = super()._deserialize(value, attr, data, **kwargs)
        try:
            return found.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid") from error


class Given(ma.fields.Field[Any]):
    """An object that is handed on as it came, to be read into core types by those who know it."""

    default_error_messages = _words("must be an object")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        return value


class Few(ma.fields.List[Any]):
    """A list that is counted before any of it is read: to say what is wrong with each of a million costs too much."""

    def __init__(self, item: Any, most: int, words: str, **kwargs: Any) -> None:
        """`words` say what is wrong with a list of more than `most`."""
        self.most, self.words = most, words
        super().__init__(item, error_messages=LIST_WORDS, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ma.ValidationError(self.words)
        return super()._deserialize(value, attr, data, **kwargs)


class PracticeName(Text):
    """A practice by its id."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return Practice.parse(super()._deserialize(value, attr, data, **kwargs))
        except BadName as error:
            raise ma.ValidationError(str(error)) from error


class SubjectName(Text):
    """A subject with its kind."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return Subject.parse(super()._deserialize(value, attr, data, **kwargs))
        except BadName as error:
            raise ma.ValidationError(str(error)) from error


class UserName(Text):
    """A person by their id, with or without `user:` in front."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            return Subject.user(text.removeprefix("user:"))
        except BadName as error:
            raise ma.ValidationError(str(error)) from error
