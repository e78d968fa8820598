"""Bodies are read strictly: nothing that two readers could understand differently gets through."""

from __future__ import annotations

import pytest

from authz.api.bodies import no_key_twice, parse_object
from authz.core.errors import Unreadable


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"{", "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b'{"a": 1e999}', "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a": "\xed\xa0\x80"}', "not JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not JSON"),
        (b'{"a": "\\ud800"}', "not JSON"),
        (b'{"a": "\\udc00\\ud800"}', "not JSON"),
        (b'{"a": "\x00"}', "not JSON"),
        (b"[" * 10_000, "not JSON"),
        (b"[" * 10_000 + b"]" * 10_000, "not JSON"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "not JSON"),
        (b"[]", "object"),
        (b"null", "object"),
        (b"true", "object"),
        (b'"text"', "object"),
        (b"1", "object"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        parse_object(body)


@pytest.mark.parametrize("depth", [900, 990, 1000, 1023])
def test_deep_nesting_is_refused_or_read_and_never_a_crash(depth: int) -> None:
    body = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    try:
        value = parse_object(body)
    except Unreadable as error:
        assert "nested" in str(error)
    else:
        assert isinstance(value["a"], list)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"b": {"a": 1, "a": 2}}',
        b'{"b": [[{"a": 1, "c": 0, "a": 2}]]}',
    ],
)
def test_a_key_given_twice_is_refused_at_any_depth(body: bytes) -> None:
    with pytest.raises(Unreadable, match="the key `a` stands twice"):
        parse_object(body)


class Counted(str):
    """A key that counts how often any of its kind was compared."""

    __slots__ = ()
    comparisons = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__eq__(self, other)


def test_the_key_that_stands_twice_among_very_many_is_found_with_a_look_at_each() -> None:
    pairs: list[tuple[str, object]] = [(Counted(f"k{number}"), 0) for number in (*range(5000), 4999)]
    with pytest.raises(Unreadable, match="the key `k4999` stands twice"):
        no_key_twice(pairs)
    assert Counted.comparisons < 10 * len(pairs)


def test_a_long_key_is_not_repeated_in_full() -> None:
    key = b'"' + b"a" * 5000 + b'"'
    with pytest.raises(Unreadable) as caught:
        parse_object(b"{" + key + b":1," + key + b":1}")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("digits", [21, 4301, 100_000])
def test_an_integer_of_any_length_is_no_integer_that_a_field_takes(digits: int) -> None:
    try:
        value = parse_object(b'{"a": ' + b"9" * digits + b"}")
    except Unreadable as error:
        assert "number" in str(error)
    else:
        assert not isinstance(value["a"], int)


def test_the_same_key_in_different_objects_is_well() -> None:
    assert parse_object('{"a": {"a": "ä"}, "b": {"a": -1.5}}'.encode()) == {"a": {"a": "ä"}, "b": {"a": -1.5}}
