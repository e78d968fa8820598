"""Accounts and their addresses: found by id, by address, or for a whole practice at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select, update

from authz.core.errors import Conflict
from authz.core.names import Practice, Subject
from authz.core.people import Person, folded
from authz.storage.failures import refusing
from authz.storage.records import person_of, person_values
from authz.storage.tables import addresses, memberships, people


def members_of(practice: Practice) -> Select[tuple[str]]:
    """The members of a practice, those who left included."""
    return select(memberships.c.user).where(memberships.c.practice == practice.id)


def find(connection: Connection, who: Select[tuple[str]] | Sequence[str]) -> dict[Subject, Person]:
    """The accounts of these people, each with its addresses; whoever has no account is left out."""
    written: defaultdict[str, list[str]] = defaultdict(list)
    listed = (
        select(addresses.c.person, addresses.c.written)
        .where(_among(addresses.c.person, who))
        .order_by(addresses.c.person, addresses.c.position)
    )
    for person, address in connection.execute(listed).all():
        written[person].append(address)
    found = connection.execute(select(people).where(_among(people.c.subject, who))).mappings().all()
    return {person.subject: person for person in (person_of(row, written[row["subject"]]) for row in found)}


def owner_of_address(email: str) -> Select[tuple[str]]:
    """The person who has this address or alias."""
    return select(addresses.c.person).where(addresses.c.folded == folded(email))


def put(connection: Connection, person: Person, *, new: bool = False) -> None:
    """The account becomes this, or is made if there is none.

    Conflict `id_taken` if it is to be `new` or is at home elsewhere, `email_taken` for a taken address.
    """
    subject = str(person.subject)
    known = connection.execute(select(people.c.home).where(people.c.subject == subject)).first()
    home = person.home.id if person.home else None
    if known is None:
        with refusing(_id_taken(person)):
            connection.execute(insert(people).values(subject=subject, **person_values(person)))
    elif new or known.home != home:
        raise _id_taken(person)
    else:
        connection.execute(update(people).where(people.c.subject == subject).values(person_values(person)))
    _put_addresses(connection, subject, (person.email, *person.aliases))


def _put_addresses(connection: Connection, subject: str, written: tuple[str, ...]) -> None:
    mine = addresses.c.person == subject
    listed = select(addresses.c.written).where(mine).order_by(addresses.c.position)
    if (*connection.execute(listed).scalars(),) == written:
        return
    connection.execute(delete(addresses).where(mine))
    rows = [
        {"folded": folded(address), "person": subject, "position": position, "written": address}
        for position, address in enumerate(written)
    ]
    # INVARIANT: whose the address is stays unsaid; it may be somebody of another practice.
    with refusing(Conflict("email_taken", "the e-mail address is taken; an alias may be used instead")):
        connection.execute(insert(addresses), rows)


def _id_taken(person: Person) -> Conflict:
    return Conflict("id_taken", f"the id `{person.subject.id}` is taken")


def _among(column: ColumnElement[str], who: Select[tuple[str]] | Sequence[str]) -> ColumnElement[bool]:
    return column.in_(who)
