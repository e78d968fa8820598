"""Registered resources in their table, found by their whole names or read in order of their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson
from sqlalchemy import ColumnElement, Connection, and_, delete, false, insert, or_, select, update

from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.core.registry import Attributes, Entry, Named
from authz.storage.audit import canonical
from authz.storage.tables import practices, resources


def find(
    connection: Connection, practice: Practice, names: Collection[Named]
) -> tuple[int, Mapping[Named, Attributes]]:
    """What is stored under these names, and the revision of the last change, in one statement and so of one moment."""
    mine = and_(resources.c.practice == practices.c.id, _any_of(names))
    wanted = select(practices.c.registry_at, resources.c.type, resources.c.id, resources.c.attributes)
    rows = connection.execute(
        wanted.select_from(practices.outerjoin(resources, mine)).where(practices.c.id == practice.id)
    ).all()
    if not rows:
        raise NotFound("practice", practice.id)
    return rows[0].registry_at, {(r.type, r.id): orjson.loads(r.attributes) for r in rows if r.type is not None}


def read(connection: Connection, practice: Practice, type: str, after: str, limit: int) -> tuple[int, Sequence[Entry]]:
    """The entries of a type above `after`, in order, and the revision of the last change, of one moment."""
    part = (
        select(resources)
        .where(resources.c.practice == practice.id, resources.c.type == type, resources.c.id > after)
        .order_by(resources.c.id)
        .limit(limit)
        .subquery()
    )
    wanted = select(practices.c.registry_at, part.c.id, part.c.attributes)
    rows = connection.execute(
        wanted.select_from(practices.outerjoin(part, part.c.practice == practices.c.id))
        .where(practices.c.id == practice.id)
        .order_by(part.c.id)
    ).all()
    if not rows:
        raise NotFound("practice", practice.id)
    return rows[0].registry_at, [Entry(type, r.id, orjson.loads(r.attributes)) for r in rows if r.id is not None]


def put(connection: Connection, practice: Practice, entries: Sequence[Entry]) -> None:
    """Registers these, in the place of what was stored under the same names; each name stands once among them."""
    remove(connection, practice, [entry.named for entry in entries])
    rows = [
        {"practice": practice.id, "type": e.type, "id": e.id, "attributes": canonical(dict(e.attributes))}
        for e in entries
    ]
    if rows:
        connection.execute(insert(resources), rows)
        _note_types(connection, practice, {entry.type for entry in entries})


def remove(connection: Connection, practice: Practice, names: Collection[Named]) -> None:
    """Forgets these."""
    connection.execute(delete(resources).where(resources.c.practice == practice.id, _any_of(names)))


def note_change(connection: Connection, practice: Practice, revision: int) -> None:
    """The registry last changed at this revision."""
    connection.execute(update(practices).where(practices.c.id == practice.id).values(registry_at=revision))


def _note_types(connection: Connection, practice: Practice, types: Iterable[str]) -> None:
    here = practices.c.id == practice.id
    known = set(orjson.loads(connection.execute(select(practices.c.registered).where(here)).scalar_one()))
    if not known.issuperset(types):
        connection.execute(update(practices).where(here).values(registered=canonical(sorted(known.union(types)))))


def _any_of(names: Collection[Named]) -> ColumnElement[bool]:
    """The rows of these names; by type, since neither database finds pairs by the index."""
    ids: dict[str, list[str]] = defaultdict(list)
    for type, id in names:
        ids[type].append(id)
    return or_(false(), *(and_(resources.c.type == type, resources.c.id.in_(of)) for type, of in ids.items()))
