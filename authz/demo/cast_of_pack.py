"""The practices that a policy pack brings along, read from its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from authz.core.errors import Conflict, Invalid, NotFound
from authz.core.names import BadName, Practice, Subject
from authz.core.registry import Entry
from authz.policies.pack import PRACTICES, Pack
from authz.policies.registering import entry
from authz.policies.toml_file import TomlFile
from authz.policies.vocabulary import did_you_mean

Tables = tuple[Mapping[str, Any], ...]
Kinds = Mapping[str, str]


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_TEXT, _FLAG, _TABLE, _TEXTS, _TABLES = "a text", "true or false", "a table", "a list of texts", "a list of tables"
_OF_TEXTS: Final = "a table of lists of texts"
_IS: Final[Mapping[str, Callable[[Any], bool]]] = {
    _TEXT: lambda value: isinstance(value, str),
    _FLAG: lambda value: isinstance(value, bool),
    _TABLE: lambda value: isinstance(value, dict),
    _TEXTS: _texts,
    _TABLES: lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    _OF_TEXTS: lambda value: isinstance(value, dict) and all(map(_texts, value.values())),
}
# What has to stand in a table, and what may.
_LISTS: Final[Mapping[str, tuple[Kinds, Kinds]]] = {
    "people": (
        {"id": _TEXT, "name": _TEXT},
        {"email": _TEXT, "roles": _TEXTS, "guest": _FLAG, "attributes": _TABLE},
    ),
    "services": ({"id": _TEXT}, {"roles": _TEXTS}),
    "resources": ({"type": _TEXT, "id": _TEXT}, {"attributes": _TABLE}),
}
_OWNER: Final = {"id": _TEXT, "email": _TEXT, "name": _TEXT}
_NEEDED: Final = {"name": _TEXT, "owner": _TABLE}
_OPTIONAL: Final = {"supplied": _OF_TEXTS, "explain": _FLAG, **dict.fromkeys(_LISTS, _TABLES)}


@dataclass(frozen=True, slots=True)
class Described:
    """A practice as its file describes it; `entries` are its resources, and the people of whom something is stored."""

    file: TomlFile
    practice: Practice
    name: str
    owner: Mapping[str, str]
    people: Tables
    services: Tables
    entries: tuple[Entry, ...]
    supplied: Mapping[str, list[str]]
    explain: bool

    @contextmanager
    def told_at(self, table: str, number: int = 0) -> Iterator[None]:
        """Whatever cannot be done in this block is this table's fault: BadPolicy with the file and the line."""
        try:
            yield
        except (BadName, Conflict, Invalid, NotFound) as error:
            self.file.wrong(f"{_place(table, number)}{error}", table, number)
            self.file.settle()


def practices_of(pack: Pack) -> list[Described]:
    """Every practice of the pack, in order of their ids; raises BadPolicy naming all that is wrong with a file."""
    return [_described(path) for path in sorted((pack.folder / PRACTICES).glob("*.toml"))]


def _described(path: Path) -> Described:
    file = TomlFile(path, "practice")
    given = file.given
    _look(file, given, _NEEDED, _OPTIONAL)
    if isinstance(given.get("owner"), dict):
        _look(file, given["owner"], _OWNER, {}, "owner")
    lists = {name: tuple(given.get(name, [])) for name in _LISTS if _IS[_TABLES](given.get(name, []))}
    for name, listed in lists.items():
        for number, one in enumerate(listed, start=1):
            _look(file, one, *_LISTS[name], name, number)
    file.settle()
    entries = [*_entries(file, lists)]
    for kind, name in (("user", "people"), ("service", "services")):
        _distinct(file, name, [_named(file, kind, one["id"], name, n) for n, one in enumerate(lists[name], start=1)])
    _distinct(file, "resources", [(one["type"], one["id"]) for one in lists["resources"]])
    try:
        practice = Practice.parse(path.stem)
    except BadName as error:
        file.wrong(f"the file is called as the practice, and {error}")
    file.settle()
    return Described(
        file,
        practice,
        given["name"],
        given["owner"],
        lists["people"],
        lists["services"],
        tuple(entries),
        given.get("supplied", {}),
        given.get("explain", False),
    )


def _look(
    file: TomlFile, given: Mapping[str, Any], needed: Kinds, optional: Kinds, table: str = "", number: int = 0
) -> None:
    """Notes what a table lacks, what stands in it and means nothing, and what is of another kind."""
    known = {**needed, **optional}
    place = _place(table, number)
    for name in sorted(needed.keys() - given.keys()):
        file.wrong(f"{place}`{name}` is missing", table, number)
    for name in sorted(given.keys() - known.keys()):
        file.wrong(f"{place}unknown field `{name}`{did_you_mean(name, known)}", table, number)
    for name in sorted(given.keys() & known.keys()):
        if not _IS[known[name]](given[name]):
            file.wrong(f"{place}`{name}` must be {known[name]}", table, number)


def _entries(file: TomlFile, lists: Mapping[str, Tables]) -> Iterator[Entry]:
    told: list[tuple[str, int, Mapping[str, Any]]] = []
    told += [("people", n, {"type": "user", **one}) for n, one in enumerate(lists["people"], 1) if "attributes" in one]
    told += [("resources", n, one) for n, one in enumerate(lists["resources"], 1)]
    for table, number, one in told:
        try:
            yield entry(one["type"], one["id"], one.get("attributes", {}))
        except Invalid as error:
            for bad in error.errors:
                file.wrong(f"{table} {number}: `{bad.path.rpartition('.')[2]}`: {bad.message}", table, number)


def _named(file: TomlFile, kind: str, id: str, table: str, number: int) -> str:
    try:
        Subject(kind, id)
    except BadName as error:
        file.wrong(f"{table} {number}: `{id}`: {error}", table, number)
    return id


def _distinct(file: TomlFile, table: str, names: list[Any]) -> None:
    seen = set()
    for number, name in enumerate(names, start=1):
        if name in seen:
            told = " ".join(f"`{part}`" for part in ([name] if isinstance(name, str) else reversed(name)))
            file.wrong(f"{table} {number}: {told} stands there twice", table, number)
        seen.add(name)


def _place(table: str, number: int) -> str:
    return f"{table} {number}: " if number else f"{table}: " if table else ""
