"""The model that the walls were built for: an edit of `model.conf` that departs from it stops the start."""

from __future__ import annotations

import ast
from typing import Final

import casbin

from authz.core.errors import LineError

_DEFINITIONS: Final = {
    ("r", "r"): "sub, dom, obj, act, facts",
    ("p", "p"): "sub, dom, obj, act, when, eft",
    ("g", "g"): "_, _, _",
    ("e", "e"): "some(where (p_eft == allow)) && !some(where (p_eft == deny))",
}
_CONJUNCTS: Final = frozenset(
    {
        "r_obj == p_obj",
        "r_act == p_act",
        "p_dom == '*' or p_dom == r_dom",
        "g(r_sub, p_sub, r_dom)",
        "holds(p_when, r_facts)",
    }
)


def model_problems(text: str) -> list[LineError]:
    """Everything in which a model departs from the one decided on: an edit must not go unnoticed.

    The order of the matcher's conjuncts is free. Line numbers are 1: Casbin does not keep them.
    """
    try:
        model = casbin.Enforcer.new_model(text=text)
        conjuncts = _conjuncts_of(model["m"]["m"].value)
        sections = {(kind, key) for kind in model.keys() for key in model[kind]}  # noqa: SIM118  # not a mapping
        found = {name: model[name[0]][name[1]].value for name in _DEFINITIONS if name in sections}
    except Exception as error:  # noqa: BLE001  # Casbin raises whatever comes
        return [LineError(1, "model", f"the model cannot be read: {type(error).__name__}")]
    problems = [
        f"`{key}` must be `{value}`, not `{found.get((kind, key), '')}`"
        for (kind, key), value in _DEFINITIONS.items()
        if found.get((kind, key), "").replace(" ", "") != value.replace(" ", "")
    ]
    problems += [f"the matcher lacks `{missing}`" for missing in _CONJUNCTS.difference(conjuncts)]
    problems += [f"the matcher has `{extra}` beside what it needs" for extra in conjuncts if extra not in _CONJUNCTS]
    problems += [f"a second definition `{key}`" for kind, key in sections if kind != key]
    return [LineError(1, "model", problem) for problem in problems]


def _conjuncts_of(matcher: str) -> list[str]:
    parsed = ast.parse(matcher.replace("&&", " and ").replace("||", " or ").strip(), mode="eval").body
    joined = isinstance(parsed, ast.BoolOp) and isinstance(parsed.op, ast.And)
    return [ast.unparse(part) for part in (parsed.values if joined else [parsed])]  # type: ignore[attr-defined]
