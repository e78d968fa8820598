"""What each operation of a change does to the tables: exact rows, found by their whole keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from sqlalchemy import Connection, Table, delete, insert, select, update

from authz.core import changes
from authz.core.errors import Conflict, NotFound
from authz.core.names import INSTALLATION, Practice, role_name
from authz.core.policy import Grant, Rule
from authz.policies.rows import grant_fields_of, rule_of
from authz.storage import people as accounts
from authz.storage import registry
from authz.storage.failures import refusing
from authz.storage.records import (
    emergency_values,
    key_values,
    membership_values,
    request_values,
    settings_values,
)
from authz.storage.tables import (
    FIELDS,
    access_requests,
    api_keys,
    casbin_rule,
    emergencies,
    memberships,
    practice_roles,
    practices,
)


def carry_out(connection: Connection, practice: Practice, operation: changes.Operation) -> None:  # noqa: C901, PLR0912  # one arm each
    """One operation in the practice whose lock the caller holds; raises NotFound or Conflict."""
    match operation:
        case changes.CreatePractice():
            pass  # the row is made before it is locked
        case changes.PutSettings(settings):
            wanted = update(practices).where(practices.c.id == practice.id)
            connection.execute(wanted.values(settings_values(settings)))
        case changes.PutPerson(person, new):
            accounts.put(connection, person, new=new)
        case changes.PutMembership(membership):
            key = {"practice": membership.practice.id, "user": str(membership.user)}
            with refusing(NotFound("user", membership.user.id)):
                _put(connection, memberships, key, membership_values(membership))
        case changes.PutGrant(grant):
            _put_grant(connection, grant)
        case changes.RemoveGrant(subject, role):
            connection.execute(delete(casbin_rule).where(*_exactly("g", [str(subject), role, practice.id])))
        case changes.PutRole(role):
            _put_role(connection, practice, role)
        case changes.RemoveRole(id):
            _remove_role(connection, practice, id)
        case changes.PutEmergency(emergency):
            with refusing(NotFound("user", emergency.user.id)):
                _put(connection, emergencies, {"id": emergency.id}, emergency_values(emergency))
        case changes.PutAccessRequest(request):
            with refusing(NotFound("user", request.user.id)):
                _put(connection, access_requests, {"id": request.id}, request_values(request))
        case changes.PutKey(key_made):
            with refusing(Conflict("id_taken", f"the key `{key_made.id}` cannot be kept")):
                _put(connection, api_keys, {"id": key_made.id}, key_values(key_made))
        case changes.ReplaceShippedRules(rules):
            shipped = casbin_rule.c.v1 == INSTALLATION.id
            connection.execute(delete(casbin_rule).where(shipped, casbin_rule.c.ptype != "g"))
            _insert_rules(connection, rules)
        case changes.PutEntries(entries):
            registry.put(connection, practice, entries)
        case changes.RemoveEntries(names):
            registry.remove(connection, practice, names)
        case _:
            assert_never(operation)


def _put(connection: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, Any]) -> None:
    """Changes the row or makes it; nobody else can come between, since the practice is locked."""
    if not connection.execute(update(table).where(*_keyed(table, key)).values(values)).rowcount:
        connection.execute(insert(table).values({**key, **values}))


def _keyed(table: Table, key: Mapping[str, object]) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]


def _exactly(ptype: str, fields: Iterable[str]) -> list[Any]:
    """The one row that has these fields and no others."""
    padded = dict.fromkeys(FIELDS, "") | dict(zip(FIELDS, fields, strict=False))
    return _keyed(casbin_rule, {"ptype": ptype, **padded})


def _put_grant(connection: Connection, grant: Grant) -> None:
    fields = [str(grant.subject), grant.role, grant.practice.id]
    grant_fields_of(fields)  # INVARIANT: what could not be read back is never written
    values = {"granted_by": grant.granted_by, "granted_at": grant.granted_at, "expires_at": grant.expires_at}
    if not connection.execute(update(casbin_rule).where(*_exactly("g", fields)).values(values)).rowcount:
        row = {"ptype": "g", **dict(zip(FIELDS, fields, strict=False)), **values}
        connection.execute(insert(casbin_rule).values(row))


def _own_rules(practice: Practice, role: str) -> list[Any]:
    return _keyed(casbin_rule, {"ptype": "p", "v0": role, "v1": practice.id})


def _put_role(connection: Connection, practice: Practice, role: changes.PracticeRole) -> None:
    key = {"practice": practice.id, "id": role_name(role.id)}
    _put(connection, practice_roles, key, {"name": role.name, "kind": role.kind})
    connection.execute(delete(casbin_rule).where(*_own_rules(practice, role.id)))
    _insert_rules(connection, role.rules)


def _remove_role(connection: Connection, practice: Practice, role: str) -> None:
    held = select(casbin_rule.c.id).where(*_keyed(casbin_rule, {"ptype": "g", "v1": role, "v2": practice.id}))
    if connection.execute(held.limit(1)).first():
        raise Conflict("role_in_use", f"the role `{role}` cannot go while someone holds it")
    key = {"practice": practice.id, "id": role}
    if not connection.execute(delete(practice_roles).where(*_keyed(practice_roles, key))).rowcount:
        raise NotFound("role", role)
    connection.execute(delete(casbin_rule).where(*_own_rules(practice, role)))


def _insert_rules(connection: Connection, rules: Iterable[Rule]) -> None:
    unique = {tuple(rule_of(rule.row()).row()): rule.origin for rule in rules}
    rows = [{"ptype": "p", **dict(zip(FIELDS, row, strict=True)), "origin": origin} for row, origin in unique.items()]
    if rows:
        connection.execute(insert(casbin_rule), rows)
