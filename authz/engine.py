"""Casbin, and nothing but Casbin: rows in force go in, yes or no comes out."""

from __future__ import annotations

import ast
import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Final

import casbin
from casbin.rbac import RoleManager

from authz.core.errors import BadPolicy, LineError
from authz.core.names import Subject
from authz.core.policy import ALWAYS, RowsInForce, Rule

_log = logging.getLogger("authz.engine")

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

# Casbin parses its matcher anew on every call, which Python 3.11 cannot do safely in several threads at once.
_one_at_a_time = threading.Lock()


def holds(when: str, facts: frozenset[str]) -> bool:
    """Whether every condition of a rule is among the facts; `always` has none."""
    return when == ALWAYS or facts.issuperset(when.split("+"))


@lru_cache(maxsize=10_000)
def _row(rule: Rule) -> list[str]:
    """The row of a rule, one object for all the enforcers that hold it; Casbin only reads it."""
    return rule.row()


class HeldRoles(RoleManager):  # type: ignore[misc]  # Casbin ships no types
    """Who holds which role, looked up directly: linear to build, no inheritance, no reflexive names."""

    def __init__(self) -> None:
        self._links: set[tuple[str, str, str]] = set()

    def clear(self) -> None:
        """Forget all links; Casbin calls it before it adds them."""
        self._links.clear()

    def add_link(self, name1: str, name2: str, *domain: str) -> None:
        """Subject `name1` holds role `name2` in the one domain given."""
        self._links.add((name1, name2, *domain))  # type: ignore[arg-type]  # the model has exactly one domain

    def has_link(self, name1: str, name2: str, *domain: str) -> bool:
        """Whether exactly this was added."""
        return (name1, name2, *domain) in self._links


class CasbinPolicy:
    """One practice's rows in an enforcer of their own, which is never changed once built."""

    def __init__(self, model: str, rows: RowsInForce) -> None:
        self._practice = rows.practice.id
        self._empty = not rows.rules or not rows.roles
        enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=model))
        _silence_casbin()
        enforcer.set_role_manager(HeldRoles())
        enforcer.add_function("holds", holds)
        enforcer.model["p"]["p"].policy.extend(map(_row, rows.rules))
        enforcer.model["g"]["g"].policy.extend(rows.held())
        enforcer.build_role_links()
        self._enforcer = enforcer

    def allows(self, subject: Subject, resource: str, action: str, facts: frozenset[str]) -> bool:
        """What Casbin answers; no rows, or a question that Casbin cannot work out, is a no."""
        if self._empty:
            return False
        with _one_at_a_time:
            try:
                return self._enforcer.enforce(str(subject), self._practice, resource, action, facts) is True
            except Exception:  # noqa: BLE001  # whatever breaks in a matcher must end as a no
                _log.exception("question_failed", extra={"practice": self._practice, "resource": resource})
                return False


class CasbinEngine:
    """Makes enforcers for practices from one model, checked when the engine is made."""

    def __init__(self, model: Path) -> None:
        """Reads the model; raises BadPolicy if it is not the model that the walls were built for."""
        self._model = model.read_text(encoding="utf-8")
        problems = model_problems(self._model)
        if problems:
            raise BadPolicy(model.name, problems)

    def prepare(self, rows: RowsInForce) -> CasbinPolicy:
        """An enforcer holding exactly these rows."""
        return CasbinPolicy(self._model, rows)


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


def _silence_casbin() -> None:
    """Casbin logs who asks for what at INFO and WARNING, and each new enforcer sets its loggers anew."""
    for name in ("casbin", "casbin.enforcer", "casbin.policy", "casbin.role"):
        logger = logging.getLogger(name)
        logger.disabled, logger.propagate = True, False
        logger.setLevel(logging.CRITICAL + 1)
