"""Casbin's rows of one practice, read by sqlalchemy-adapter's query and given on as lists, never as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    String,
    bindparam,
    literal_column,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy_adapter import Adapter

from authz.core.names import INSTALLATION, Practice
from authz.core.policy import Rule
from authz.storage.policy_rows import PolicyRows, Stored, read_rows
from authz.storage.tables import FIELDS, CasbinRule, casbin_rule


class ReadOnlyAdapter(NotImplementedError):
    """Casbin tried to write policy; only the store does."""


class PracticeAdapter(Adapter):  # type: ignore[misc]  # the library ships no types
    """The rows of one practice and the shipped ones; a `casbin.Enforcer` may load from it and never save.

    Given a connection it reads inside that connection's transaction. Rows that are no rules or grants are
    set aside; what a grant that is over would give is not loaded.
    """

    def __init__(
        self,
        bind: Engine | Connection,
        practice: Practice,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(bind, db_class=CasbinRule, create_table=False)
        self._practice = practice
        self._clock = clock

    def read(self) -> PolicyRows:
        """Everything stored about the practice: rules, grants, and rows set aside, in the order of their ids."""
        with self.session_local() as session:
            return read_rows(self._practice, self._stored(session, _EVERYTHING, (self._practice.id, INSTALLATION.id)))

    def own_rules(self) -> tuple[Rule, ...]:
        """The rules of the roles that the practice made for itself, in the order of their ids."""
        with self.session_local() as session:
            return read_rows(self._practice, self._stored(session, _OWN_RULES, self._practice.id)).rules

    def grants_of(self, subjects: Sequence[str]) -> PolicyRows:
        """What these subjects hold here, grants of the whole installation included."""
        here = {"here": (self._practice.id, INSTALLATION.id), "subjects": subjects}
        with self.session_local() as session:
            return read_rows(self._practice, [Stored._make(row) for row in session.execute(_GRANTS, here)])

    def load_policy(self, model: Any) -> None:
        """Adds the rows in force to a Casbin model; grants of the whole installation as this practice's own."""
        found, now = self.read(), self._clock()
        rules = [rule.row() for rule in found.rules]
        grants = [[str(g.subject), g.role, self._practice.id] for g in found.grants if g.in_force(now)]
        for section, rows in (("p", rules), ("g", grants)):
            model.model[section][section].policy.extend(row for row in _once(rows))

    def is_filtered(self) -> bool:
        """True: what was loaded is a part, so that Casbin itself refuses to save it."""
        return True

    def load_filtered_policy(self, model: Any, filter: object) -> NoReturn:
        """Refused: the practice is the filter."""
        raise ReadOnlyAdapter("the adapter loads one practice and takes no other filter")

    def _stored(self, session: Session, wanted: Select[Any], here: object) -> list[Stored]:
        return list({row[0]: Stored._make(row) for row in session.execute(wanted, {"here": here}).all()}.values())

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise ReadOnlyAdapter("policy is written by the store, in one transaction with its audit event")

    save_policy = add_policy = add_policies = remove_policy = remove_policies = _refuse
    remove_filtered_policy = update_policy = update_policies = update_filtered_policies = _refuse
    _save_policy_line = _update_filtered_policies = _refuse


_ROW: Final = casbin_rule.c
_AS_STORED: Final = String()


def _columns() -> Select[Any]:
    """The columns of `Stored`; moments as they are stored, since one that is none must only cost its row."""
    fields = (_ROW[field] for field in FIELDS)
    moments = (type_coerce(column, _AS_STORED) for column in (_ROW.granted_at, _ROW.expires_at))
    return select(_ROW.id, _ROW.ptype, *fields, _ROW.granted_by, _ROW.origin, *moments)


def _once(rows: list[list[str]]) -> list[list[str]]:
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


def _either(rules: Select[Any], grants: Select[Any]) -> Select[Any]:
    both = union_all(rules, grants).subquery()
    return select(both).order_by(both.c.id)


# Each half can use its own index; a row of unknown kind may come out of both.
_EVERYTHING: Final = _either(
    _columns().where(_ROW.v1.in_(bindparam("here", expanding=True)), literal_column("ptype <> 'g'")),
    _columns().where(_ROW.v2.in_(bindparam("here", expanding=True)), literal_column("ptype <> 'p'")),
)
_GRANTS: Final = (
    _columns()
    .where(
        literal_column("ptype = 'g'"),
        _ROW.v0.in_(bindparam("subjects", expanding=True)),
        _ROW.v2.in_(bindparam("here", expanding=True)),
    )
    .order_by(_ROW.id)
)
_OWN_RULES: Final = _columns().where(_ROW.v1 == bindparam("here"), literal_column("ptype <> 'g'")).order_by(_ROW.id)
