"""YAML taken in as text alone: values with the line each stands on, never objects, never more than a bounded many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from authz.core.errors import BadPolicy, LineError

MAX_BYTES: Final = 1_000_000
MOST_VALUES: Final = 100_000
DEEPEST: Final = 16
_PLAIN: Final = {f"tag:yaml.org,2002:{kind}": kind for kind in ("str", "bool", "null", "map", "seq")}
_WORDS: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_LOADER: Final[type] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Value = str | bool | None | tuple["Written", ...] | Mapping[str, "Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """A value of a file: a text, a truth value, nothing, a list or a table; `line` is where it, or its key, stands.

    What YAML would make a number or a date of is the text as it was written.
    """

    value: Value
    line: int

    def plain(self) -> Any:
        """The value without its lines."""
        if isinstance(self.value, tuple):
            return [item.plain() for item in self.value]
        if isinstance(self.value, Mapping):
            return {name: item.plain() for name, item in self.value.items()}
        return self.value


def shown(path: Path) -> str:
    """A path as it may be printed: what a terminal or a report would act upon is replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(path))


def read_written(path: Path) -> Written:
    """What the file says; raises BadPolicy naming the line at which it is no plain YAML, or too much of it.

    Nothing in a file is executed or made into an object. Reads nothing but regular files of up to `MAX_BYTES`.
    """
    try:
        return _Tree(_composed(_text(path))).whole
    except _Bad as bad:
        raise BadPolicy(shown(path), [bad.error]) from bad
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, (error.context, error.problem))) or "this is no YAML"
        raise BadPolicy(shown(path), [LineError(mark.line + 1 if mark else 1, "yaml", message)]) from error
    except (OSError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else getattr(error, "reason", None)
        raise BadPolicy(shown(path), [LineError(1, "file", reason or "the file cannot be read")]) from error


class _Bad(Exception):
    def __init__(self, line: int, rule: str, message: str) -> None:
        self.error = LineError(line, rule, message)
        super().__init__(message)


def _text(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise _Bad(1, "file", "this is no file")
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise _Bad(1, "size", f"the file is larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Bad(raw.count(b"\n", 0, error.start) + 1, "encoding", "the line is not UTF-8") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.removesuffix("\r").replace("\t", " ").isprintable():
            raise _Bad(number, "encoding", "the line holds characters that cannot be seen")
    return text


def _composed(text: str) -> Any:
    """The one document's node. Depth is looked at first, event by event, since composing goes as deep as the file."""
    depth, documents = 0, 0
    event: Any  # what has a tag depends on the kind of event
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _Bad(line, "size", f"values are nested deeper than {DEEPEST}")
        if documents > 1:
            raise _Bad(line, "yaml", "a second document begins")
        if getattr(event, "tag", None) is not None:
            raise _Bad(line, "tag", f"no value may have a tag, such as `{str(event.tag)[:60]}`")
    if not documents:
        raise _Bad(1, "yaml", "the file is empty")
    return yaml.compose(text, Loader=_LOADER)


class _Tree:
    """Nodes made into values; every repetition by an alias counts, so that none can multiply without bound."""

    def __init__(self, node: Any) -> None:
        self._left = MOST_VALUES
        self.whole: Final = self._value(node, node.start_mark.line + 1, 0)

    def _value(self, node: Any, line: int, depth: int) -> Written:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise _Bad(line, "size", "aliases make too much of this")
        if isinstance(node, yaml.SequenceNode):
            return Written(tuple(self._value(item, _line(item), depth + 1) for item in node.value), line)
        if isinstance(node, yaml.MappingNode):
            return Written(dict(self._entries(node, depth)), line)
        kind = _PLAIN.get(node.tag, "str")
        value = None if kind == "null" else _WORDS[node.value.lower()] if kind == "bool" else _printable(node)
        return Written(value, line)

    def _entries(self, node: Any, depth: int) -> Iterator[tuple[str, Written]]:
        known: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                raise _Bad(_line(key), "yaml", "a key is a plain text; `<<` is not read here")
            name = _printable(key)
            if name in known:
                raise _Bad(_line(key), "duplicate", f"`{name[:60]}` stands here a second time")
            known.add(name)
            yield name, self._value(value, _line(key), depth + 1)


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _printable(node: Any) -> str:
    """The scalar's text; one line or several, without what would act on a terminal."""
    text = str(node.value)
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise _Bad(_line(node), "encoding", "the text holds characters that cannot be seen")
    return text
