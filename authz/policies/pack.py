"""A policy pack: a folder with the vocabulary, the conditions and the roles of another field than the clinical one."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from authz.core.errors import BadPolicy, LineError
from authz.core.names import KINDS
from authz.policies.administration import ADMINISTRATION
from authz.policies.comparisons import condition, unfit
from authz.policies.toml_file import TomlFile
from authz.policies.vocabulary import Action, Attribute, Condition, ResourceType, did_you_mean, resource_type
from authz.policies.whole import extended

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
    """The pack in this folder; raises BadPolicy naming all that is wrong with its description, each with its line."""
    if not (folder / DESCRIPTION).is_file():
        raise BadPolicy(str(folder), [LineError(1, "pack", f"there is no `{DESCRIPTION}` in it")])
    file = TomlFile(folder / DESCRIPTION, "pack")
    given = file.given
    for name in sorted(given.keys() - {"type", "condition", "subject_types"}):
        file.wrong(f"unknown table `{name}`")
    types, conditions = _each(file, "type", _type), _each(file, "condition", condition)
    kinds = _kinds(file, given.get("subject_types", {}))
    _unique(file, "type", [type.name for type in types])
    _unique(file, "condition", [one.name for one in conditions])
    if not file.errors:
        known = [*extended(ADMINISTRATION, types)]
        for number, (one, told) in enumerate(zip(conditions, given.get("condition", []), strict=True), start=1):
            problems = unfit(told, types) if any(map(one.fits, known)) else [_of_no_type(one, known)]
            for problem in dict.fromkeys(problems):
                file.wrong(f"condition {one.name}: {problem}", "condition", number)
    if not (folder / SEED).is_file():
        file.wrong(f"there is no `{SEED}` beside it")
    file.settle()
    return Pack(folder, tuple(types), tuple(conditions), kinds)


def _each(file: TomlFile, name: str, read: Callable[[Mapping[str, Any]], Any]) -> list[Any]:
    """What each table of this name states."""
    found = []
    listed = file.given.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        file.wrong(f"`{name}` must be written as [[{name}]]")
        return []
    for number, one in enumerate(listed, start=1):
        try:
            found.append(read(one))
        except (ValueError, TypeError) as error:
            file.wrong(f"{name} {one.get('name', number)}: {error}", name, number)
    return found


def _kinds(file: TomlFile, given: object) -> dict[str, str]:
    found = {kind: kind for kind in KINDS}
    if not isinstance(given, dict):
        file.wrong("`subject_types` must be a table")
        return found
    for name, kind in given.items():
        if name in KINDS and kind != name:
            file.wrong(f"subject_types {name}: means itself", name)
        elif kind not in KINDS:
            file.wrong(f"subject_types {name}: must be one of {', '.join(KINDS)}", name)
        else:
            found[name] = kind
    return found


def _unique(file: TomlFile, what: str, names: list[str]) -> None:
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            file.wrong(f"two of {what} are called `{name}`", what, names.index(name, names.index(name) + 1) + 1)


def _of_no_type(one: Condition, types: Sequence[ResourceType]) -> str:
    """Why a condition could stand in no rule: most likely an attribute is misspelt."""
    known = sorted({name for type in types for name in type.attributes})
    for name in one.needs:
        if name not in known:
            return f"no type has an attribute `{name}`{did_you_mean(name, known)}"
    return f"no type has all the attributes {', '.join(f'`{name}`' for name in one.needs)}"


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
    if not isinstance(told.get("words", ""), str):
        raise TypeError(f"the attribute `{name}`: `words` must be a text")
    return Attribute(name, kind, told.get("words", ""), tuple(choices))


def _in_force(environment: Mapping[str, str]) -> Pack | None:
    """The pack that is set; none where it cannot be read: the settings say so before anything else happens."""
    try:
        return read_pack(Path(environment[VARIABLE])) if environment.get(VARIABLE) else None
    except BadPolicy:
        return None


PACK: Final = _in_force(os.environ)
