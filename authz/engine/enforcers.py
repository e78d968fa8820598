"""Casbin's enforcers, made so that none is ever changed and none learns anything of who asks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import casbin
from casbin.model import FunctionMap, Model
from casbin.rbac import RoleManager

from authz.core.names import Practice, Subject
from authz.core.policy import ALWAYS, RowsInForce, Rule


def holds(when: str, facts: frozenset[str]) -> bool:
    """Whether every condition of a rule is among the facts; `always` has none."""
    return when == ALWAYS or facts.issuperset(when.split("+"))


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


class _ParsedOnce(casbin.Enforcer):  # type: ignore[misc]  # Casbin ships no types
    """Casbin's enforcer but for one thing: the matcher is parsed once, not at each question."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._parsed: dict[str, Any] = {}

    def _get_expression(self, expr: str, functions: dict[str, Any] | None = None) -> Any:
        """What Casbin makes of the matcher; only the functions it may call are of this question."""
        # INVARIANT: copies share what is parsed, so that one question at a time may be asked of all of them.
        expression = self._parsed.get(expr)
        if expression is None:
            expression = self._parsed[expr] = casbin.Enforcer._get_expression(expr, functions)  # noqa: SLF001
        expression.functions = functions
        return expression


class Rows(Protocol):
    """What an enforcer is made of."""

    @property
    def practice(self) -> Practice:
        """Where questions are asked."""
        ...

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, Casbin's `p` rows."""
        ...

    @property
    def roles(self) -> Mapping[Subject, frozenset[str]]:
        """Who holds which roles in the practice."""
        ...

    def held(self) -> list[list[str]]:
        """Who holds which role where, Casbin's `g` rows."""
        ...


@dataclass(frozen=True, slots=True)
class Beside:
    """The rows of a practice with those of another beside them."""

    first: RowsInForce
    other: RowsInForce

    @property
    def practice(self) -> Practice:
        """That of the first."""
        return self.first.practice

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those of both."""
        return (*self.first.rules, *self.other.rules)

    @property
    def roles(self) -> Mapping[Subject, frozenset[str]]:
        """Those held in the first."""
        return self.first.roles

    def held(self) -> list[list[str]]:
        """Those of both, each in its practice."""
        return [*self.first.held(), *self.other.held()]


class Pattern:
    """A model without rows, of which enforcers are made."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._bare = _ParsedOnce(casbin.Enforcer.new_model(text=text))
        silence_casbin()

    def enforcer(self, rows: Rows) -> Any:
        """An enforcer of its own that holds exactly these rows and shares with others what it never changes."""
        enforcer, model = _twin(self._bare), _twin(self._bare.model)
        rules, grants = _twin(model["p"]["p"]), _twin(model["g"]["g"])
        rules.policy, grants.policy = list(map(_row, rows.rules)), rows.held()
        model.model = {**model.model, "p": {"p": rules}, "g": {"g": grants}}
        enforcer.model = model
        return _furnished(enforcer)

    def plain(self, rows: RowsInForce) -> Any:
        """A `casbin.Enforcer` as it comes, holding these rows; slow, for a referee."""
        enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=self._text))
        silence_casbin()
        enforcer.model["p"]["p"].policy.extend(map(_row, rows.rules))
        enforcer.model["g"]["g"].policy.extend(rows.held())
        return _furnished(enforcer)


def _twin(thing: Any) -> Any:
    """Another object of the kind with the same attributes; what `copy.copy` does, in a third of the time."""
    twin = object.__new__(type(thing))
    vars(twin).update(vars(thing))
    return twin


def _furnished(enforcer: Any) -> Any:
    """With functions, roles and links of its own."""
    enforcer.fm = FunctionMap()
    enforcer.add_function("holds", holds)
    enforcer.rm_map = {}
    enforcer.set_role_manager(HeldRoles())
    enforcer.build_role_links()
    return enforcer


@lru_cache(maxsize=10_000)
def _row(rule: Rule) -> list[str]:
    """The row of a rule, one object for all the enforcers that hold it; Casbin only reads it."""
    return rule.row()


def silence_casbin() -> None:
    """Casbin logs who asks for what at INFO and WARNING, and each new enforcer sets its loggers anew."""
    for name in ("casbin", "casbin.enforcer", "casbin.policy", "casbin.role"):
        logger = logging.getLogger(name)
        logger.disabled, logger.propagate = True, False
        logger.setLevel(logging.CRITICAL + 1)
