"""What holds for every write: the effect told beforehand is the effect, one event for each, and a plan is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from authz.bootstrap import Services
from authz.checking.effects import effects
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.errors import Conflict, NotFound, StaleExpectation
from authz.core.names import Practice
from authz.core.policy import Snapshot
from authz.engine import CasbinEngine
from authz.policies.shipped import shipped
from tests.managing.conftest import ACTOR, NORTH, SOUTH
from tests.managing.writes import WRITES, furnish

MEMORY = Memory(CasbinEngine(shipped("model.conf")))


def dump(url: str) -> dict[str, list[Any]]:
    """Every row of every table, in order."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        found = {t: sorted(map(repr, connection.execute(text(f'select * from "{t}"')))) for t in sorted(tables)}
    engine.dispose()
    return found


def comparable(snapshot: Snapshot) -> Snapshot:
    """The snapshot with what has no order put into one, and without its revision."""
    return replace(
        snapshot,
        revision=0,
        registry=replace(snapshot.registry, at=0),
        rules=tuple(sorted((replace(rule, origin="") for rule in snapshot.rules), key=repr)),
        grants=tuple(sorted(snapshot.grants, key=repr)),
        emergencies=tuple(sorted((e for e in snapshot.emergencies if not e.reviewed_at), key=repr)),
        people={s: p for s, p in snapshot.people.items() if s in snapshot.memberships},
    )


def found_or_none(services: Services, practice: Practice) -> Snapshot | None:
    try:
        return services.store.snapshot(practice)
    except NotFound:
        return None


def test_every_use_case_has_a_write_here(practice: Services) -> None:
    named = {
        f"{field}.{method}"
        for field in Services.__dataclass_fields__
        for method in vars(type(getattr(practice, field)))
        if type(getattr(practice, field)).__module__.startswith("authz.managing") and not method.startswith("_")
    }
    assert named - {"keys.verify"} == {name.split(" ")[0] for name in WRITES}


@pytest.mark.parametrize("which", WRITES)
def test_a_write_does_what_its_dry_run_said_once_is_recorded_once_and_else_writes_nothing(
    which: str, practice: Services, database_url: str
) -> None:
    furnish(practice)
    where, write = WRITES[which]
    before, rows = found_or_none(practice, where), dump(database_url)
    planned = write(practice, replace(ACTOR, dry_run=True))
    assert not planned.written
    assert dump(database_url) == rows
    with pytest.raises(Conflict) as refused:
        write(practice, replace(ACTOR, plan="sha256:" + "0" * 64))
    assert refused.value.code == "plan_changed"
    with pytest.raises(StaleExpectation):
        write(practice, replace(ACTOR, expected=0))
    assert dump(database_url) == rows
    events = practice.store.last_event(where) if before else 0
    made = write(practice, replace(ACTOR, plan=planned.plan, reason="as planned"))
    assert (made.written, made.plan, made.effects) == (True, planned.plan, planned.effects)
    after = practice.store.snapshot(where)
    assert made.revision == after.revision == (before.revision if before else 0) + 1
    assert comparable(made.after) == comparable(after)
    first, *further = practice.store.events(where, events)
    assert {(event.revision, event.event.reason) for event in (first, *further)} == {(made.revision, "as planned")}
    assert first.event.action != "request_void"
    assert {event.event.action for event in further} <= {"request_made", "request_void"}  # of seats
    assert practice.store.audit_check(where).broken == ()
    if before is not None:
        now = practice.now()
        again = effects(PolicyHeld(before, MEMORY, now), PolicyHeld(after, MEMORY, now), now)
        assert again == made.effects
    rows = dump(database_url)
    try:
        again = write(practice, ACTOR)
    except (Conflict, NotFound):
        assert dump(database_url) == rows
    else:
        if which not in ("emergencies.start", "keys.create"):
            assert (again.written, dump(database_url)) == (False, rows)


def test_a_write_in_one_practice_moves_no_other_unless_somebody_is_a_member_of_both(practice: Services) -> None:
    furnish(practice)
    for which, (where, write) in WRITES.items():
        if where != NORTH or "ray" in which:
            continue
        before = practice.store.revision(SOUTH)
        touched = which in ("people.edit", "people.change_email", "memberships.deactivate")  # ray is a guest there
        try:
            write(practice, ACTOR)
        except (Conflict, NotFound, IndexError):
            continue
        assert (which, practice.store.revision(SOUTH) - before) == (which, int(touched))
