"""A policy pack: a folder with the vocabulary, the conditions and the roles of another field than the clinical one."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from authz.core.errors import BadPolicy, LineError
from authz.core.names import KINDS
from authz.policies.comparisons import condition, unfit
from authz.policies.vocabulary import Action, Attribute, Condition, ResourceType, resource_type

VARIABLE: Final = "AUTHZ_PACK"
DESCRIPTION, SEED, PRACTICES = "pack.toml", "policy_seed.csv", "practices"
_KINDS: Final = ("subject", "choice", "flag", "text")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_ATTRIBUTE: Final = re.compile(r"(subject\.|action\.)?[A-Za-z][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True)
class Pack:
    """What a folder describes; `subject_kinds` are the types of subject beside user and service, and what they mean."""

    folder: Path
    types: tuple[ResourceType, ...]
    conditions: tuple[Condition, ...]
    subject_kinds: Mapping[str, str]

    @property
    def seed(self) -> Path:
        """The file with its roles."""
        return self.folder / SEED


def read_pack(folder: Path) -> Pack:
    """The pack in this folder; raises BadPolicy naming all that is wrong with its description."""
    if not (folder / DESCRIPTION).is_file():
        raise BadPolicy(str(folder), [LineError(1, "pack", f"there is no `{DESCRIPTION}` in it")])
    try:
        given = tomllib.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPolicy(str(folder / DESCRIPTION), [LineError(1, "pack", str(error))]) from error
    reading = _Reading()
    for name in sorted(given.keys() - {"type", "condition", "subject_types"}):
        reading.wrong(f"unknown table `{name}`")
    types = reading.each(given, "type", _type)
    conditions = reading.each(given, "condition", condition)
    kinds = reading.kinds(given.get("subject_types", {}))
    reading.unique("type", [type.name for type in types])
    reading.unique("condition", [one.name for one in conditions])
    if not reading.errors:
        for one in given.get("condition", []):
            for problem in dict.fromkeys(unfit(one, types)):
                reading.wrong(f"condition {one['name']}: {problem}")
    if not (folder / SEED).is_file():
        reading.wrong(f"there is no `{SEED}` beside it")
    if reading.errors:
        raise BadPolicy(str(folder / DESCRIPTION), [LineError(1, "pack", message) for message in reading.errors])
    return Pack(folder, tuple(types), tuple(conditions), kinds)


class _Reading:
    """Collects what is wrong with a description, so that all of it is told at once."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def wrong(self, message: str) -> None:
        self.errors.append(message)

    def each(self, given: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], Any]) -> list[Any]:
        """What each table of this name states."""
        found = []
        listed = given.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            self.wrong(f"`{name}` must be written as [[{name}]]")
            return []
        for number, one in enumerate(listed, start=1):
            try:
                found.append(read(one))
            except (ValueError, TypeError) as error:
                self.wrong(f"{name} {one.get('name', number)}: {error}")
        return found

    def kinds(self, given: object) -> dict[str, str]:
        found = {kind: kind for kind in KINDS}
        if not isinstance(given, dict):
            self.wrong("`subject_types` must be a table")
            return found
        for name, kind in given.items():
            if name in KINDS and kind != name:
                self.wrong(f"subject_types {name}: means itself")
            elif kind not in KINDS:
                self.wrong(f"subject_types {name}: must be one of {', '.join(KINDS)}")
            else:
                found[name] = kind
        return found

    def unique(self, what: str, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.wrong(f"two of {what} are called `{name}`")


def _type(given: Mapping[str, Any]) -> ResourceType:
    unknown = sorted(given.keys() - {"name", "title", "actions", "attributes"})
    if unknown:
        raise ValueError(f"unknown field `{unknown[0]}`")
    name, title = given.get("name"), given.get("title")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(title, str):
        raise ValueError("`name` and `title` must be texts")
    actions, attributes = given.get("actions", {}), given.get("attributes", {})
    if not isinstance(actions, dict) or not isinstance(attributes, dict):
        raise TypeError("`actions` and `attributes` must be tables")
    return resource_type(
        name,
        title,
        [_action(name, words) for name, words in actions.items()],
        [_attribute(name, told) for name, told in attributes.items()],
    )


def _action(name: str, words: object) -> Action:
    if not _NAME.fullmatch(name) or not isinstance(words, str):
        raise ValueError(f"the action `{name}` is a name and what it means in words")
    return Action(name, words)


def _attribute(name: str, told: object) -> Attribute:
    if not _ATTRIBUTE.fullmatch(name) or not isinstance(told, dict) or told.keys() - {"kind", "words", "choices"}:
        raise ValueError(f"the attribute `{name}` has a `kind`, `words` and perhaps `choices`")
    kind, choices = told.get("kind", "text"), told.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(one, str) and one for one in choices):
        raise ValueError(f"the attribute `{name}`: `choices` must be a list of texts")
    if kind not in _KINDS or (kind == "choice") is not bool(choices):
        raise ValueError(f"the attribute `{name}`: `kind` is one of {', '.join(_KINDS)}; a choice has `choices`")
    return Attribute(name, kind, str(told.get("words", "")), tuple(choices))


def _in_force(environment: Mapping[str, str]) -> Pack | None:
    """The pack that is set; none where it cannot be read: the settings say so before anything else happens."""
    try:
        return read_pack(Path(environment[VARIABLE])) if environment.get(VARIABLE) else None
    except BadPolicy:
        return None


PACK: Final = _in_force(os.environ)
