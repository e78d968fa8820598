"""Evaluations as AuthZEN writes them: shapes are checked and defaults filled in, nothing is understood yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from authz.core.errors import Unreadable

MOST_EVALUATIONS: Final = 1000
EXECUTE_ALL, DENY_FIRST, PERMIT_FIRST = "execute_all", "deny_on_first_deny", "permit_on_first_permit"
SEMANTICS: Final = (EXECUTE_ALL, DENY_FIRST, PERMIT_FIRST)
_NOTHING: Final[Mapping[str, Any]] = {}
_FIELDS: Final = ("subject", "action", "resource", "context")


class Entity(NamedTuple):
    """A subject or a resource: `type` and `id` are texts, empty where a search does not ask for one."""

    type: str
    id: str
    properties: Mapping[str, Any]


class Deed(NamedTuple):
    """An action."""

    name: str
    properties: Mapping[str, Any]


class Evaluation(NamedTuple):
    """One question, whole."""

    subject: Entity
    action: Deed
    resource: Entity
    context: Mapping[str, Any]


class Evaluations(NamedTuple):
    """Many questions in order, each read or, where it cannot be read, what is wrong with it."""

    items: Sequence[Evaluation | Unreadable]
    semantic: str


def evaluation(body: Mapping[str, Any]) -> Evaluation:
    """The question of a body, fields that are not known being ignored; raises Unreadable for the first bad one."""
    return Evaluation(
        entity(body, "subject"), deed(body), entity(body, "resource"), optional_object(body, "context", "context")
    )


def evaluations(body: Mapping[str, Any]) -> Evaluations | Evaluation:
    """The questions of a body; one where the body lists none. Raises Unreadable if it is wrong as a whole.

    What an item says of its subject, action, resource or context replaces what stands above it, wholly.
    """
    semantic = _semantic(optional_object(body, "options", "options"))
    listed = body.get("evaluations")
    if listed is None or listed == []:
        return evaluation(body)
    if not isinstance(listed, list):
        raise Unreadable("`evaluations` must be an array")
    if len(listed) > MOST_EVALUATIONS:
        raise Unreadable(f"`evaluations` must not hold more than {MOST_EVALUATIONS} evaluations")
    above = {name: body[name] for name in _FIELDS if name in body}
    return Evaluations([_item(above, given) for given in listed], semantic)


def entity(body: Mapping[str, Any], field: str, *, with_id: bool = True) -> Entity:
    """The subject or resource of a body; without `with_id` an id is ignored. Raises Unreadable."""
    given = _needed(body, field)
    type = _text(given, field, "type")
    id = _text(given, field, "id") if with_id else ""
    return Entity(type, id, optional_object(given, "properties", f"{field}.properties"))


def deed(body: Mapping[str, Any]) -> Deed:
    """The action of a body; raises Unreadable."""
    given = _needed(body, "action")
    return Deed(_text(given, "action", "name"), optional_object(given, "properties", "action.properties"))


def optional_object(given: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    """The object of this name, empty if it is left out or null; raises Unreadable for anything else."""
    value = given.get(name)
    if value is None:
        return _NOTHING
    if not isinstance(value, dict):
        raise Unreadable(f"`{path}` must be an object")
    return value


def _needed(body: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    if field not in body:
        raise Unreadable(f"`{field}` is missing")
    value = body[field]
    if not isinstance(value, dict):
        raise Unreadable(f"`{field}` must be an object")
    return value


def _text(given: Mapping[str, Any], field: str, name: str) -> str:
    if name not in given:
        raise Unreadable(f"`{field}.{name}` is missing")
    value = given[name]
    if not isinstance(value, str):
        raise Unreadable(f"`{field}.{name}` must be a string")
    return value


def _semantic(options: Mapping[str, Any]) -> str:
    given = options.get("evaluations_semantic", EXECUTE_ALL)
    if given not in SEMANTICS:
        raise Unreadable(f"`options.evaluations_semantic` must be one of {', '.join(SEMANTICS)}")
    return str(given)


def _item(above: Mapping[str, Any], given: object) -> Evaluation | Unreadable:
    if not isinstance(given, dict):
        return Unreadable("an evaluation must be an object")
    try:
        return evaluation({**above, **{name: given[name] for name in _FIELDS if name in given}})
    except Unreadable as error:
        return error
