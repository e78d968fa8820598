"""Casbin, and nothing but Casbin: rows in force go in, yes or no comes out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from authz.core.errors import BadPolicy, LineError
from authz.core.names import Subject
from authz.core.policy import RowsInForce
from authz.engine.enforcers import Beside, HeldRoles, Pattern, Rows, holds
from authz.engine.model import model_problems

__all__ = ["CasbinEngine", "CasbinPolicy", "HeldRoles", "PlainCasbin", "PlainPolicy", "holds", "model_problems"]
_log = logging.getLogger("authz.engine")

# The parsed matcher is shared by all enforcers, and parsing it in several threads at once is unsafe on Python 3.11.
_one_at_a_time = threading.Lock()


class CasbinPolicy:
    """Rows, put into an enforcer of their own at each question, which is never changed and outlives no answer.

    Cheap to make and to keep; asking costs as much as there are rows.
    """

    def __init__(self, pattern: Pattern, rows: Rows) -> None:
        self._pattern = pattern
        self._rows = rows

    def enforcer(self) -> Any:
        """A new enforcer that holds the rows."""
        return self._pattern.enforcer(self._rows)

    def allows(self, subject: Subject, resource: str, action: str, facts: frozenset[str]) -> bool | None:
        """What Casbin answers; no rows are a no. None, which is logged, if Casbin cannot work the question out."""
        return _answer(self._rows, self.enforcer, (str(subject), self._rows.practice.id, resource, action, facts))


class KeptCasbinPolicy(CasbinPolicy):
    """The same with one enforcer, made at the first question: for many questions to many rows."""

    def __init__(self, pattern: Pattern, rows: Rows) -> None:
        super().__init__(pattern, rows)
        self._kept: Any = None

    def enforcer(self) -> Any:
        """The enforcer that holds the rows."""
        if self._kept is None:
            self._kept = super().enforcer()
        return self._kept


class CasbinEngine:
    """Answers through Casbin on one model, checked when the engine is made."""

    def __init__(self, model: Path) -> None:
        """Reads the model; raises BadPolicy if it is not the model that the walls were built for."""
        self._pattern = _checked(model)

    def prepare(self, rows: RowsInForce) -> CasbinPolicy:
        """Exactly these rows, ready to be asked."""
        return CasbinPolicy(self._pattern, rows)

    def prepare_beside(self, rows: RowsInForce, others: RowsInForce) -> KeptCasbinPolicy:
        """These rows and those of another practice in one enforcer, to be asked in the practice of these."""
        return KeptCasbinPolicy(self._pattern, Beside(rows, others))


class PlainPolicy:
    """Rows in a `casbin.Enforcer` as it comes, which parses its matcher at each question: a referee's."""

    def __init__(self, pattern: Pattern, rows: RowsInForce) -> None:
        self._rows = rows
        self._enforcer = pattern.plain(rows)

    def allows(self, subject: Subject, resource: str, action: str, facts: frozenset[str]) -> bool | None:
        """What Casbin answers; no rows are a no. None, which is logged, if Casbin cannot work the question out."""
        question = (str(subject), self._rows.practice.id, resource, action, facts)
        return _answer(self._rows, lambda: self._enforcer, question)


class PlainCasbin:
    """Answers through Casbin without any short cut of ours, to be compared with `CasbinEngine`."""

    def __init__(self, model: Path) -> None:
        """Reads the model; raises BadPolicy as `CasbinEngine` does."""
        self._pattern = _checked(model)

    def prepare(self, rows: RowsInForce) -> PlainPolicy:
        """An enforcer holding exactly these rows."""
        return PlainPolicy(self._pattern, rows)


def _checked(path: Path) -> Pattern:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "the file is not UTF-8"
        raise BadPolicy(path.name, [LineError(1, "file", str(why))]) from error
    problems = model_problems(text)
    if problems:
        raise BadPolicy(path.name, problems)
    return Pattern(text)


def _answer(rows: Rows, enforcer: Callable[[], Any], question: tuple[object, ...]) -> bool | None:
    if not rows.rules or not rows.roles:
        return False
    with _one_at_a_time:
        try:
            return enforcer().enforce(*question) is True
        except Exception:  # noqa: BLE001  # whatever breaks in a matcher must end as a no
            _log.exception("question_failed", extra={"practice": rows.practice.id, "resource": question[2]})
            return None
