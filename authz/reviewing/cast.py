"""Who the people of the grids are: read from the file that stands beside the grids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from authz.core.names import BadName, Practice, Subject
from authz.reviewing.departures import OF_A_MEMBER, facts_of, moment
from authz.reviewing.expecting import Expecting
from authz.reviewing.written import Written, read_written, shown

NAME: Final = "cast.yaml"
MOST_PEOPLE: Final = 200
_FIELDS: Final = ("now", "home", "practices", "above", "stranger", "groups")
_SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """People, by practice and id, with their switches and properties; `above` maps others to the role they hold.

    Grids are decided at `now` in `home`. `groups` are words for several people at once. `stranger`, if not empty, is
    known nowhere.
    """

    now: datetime
    home: Practice
    people: Mapping[Practice, Mapping[str, Mapping[str, Any]]]
    owners: Mapping[Practice, str]
    above: Mapping[str, str]
    stranger: str
    groups: Mapping[str, tuple[str, ...]]

    @property
    def askers(self) -> tuple[str, ...]:
        """Everybody whom a grid asks about."""
        members = (f"user:{id}" for people in self.people.values() for id in people)
        return tuple(dict.fromkeys([*members, *self.above, *filter(None, [self.stranger])]))

    def named(self, words: str) -> Iterator[str]:
        """Everybody whom a key of a grid names: `lee, kim`, or a group; KeyError for a word that means nobody."""
        known = {asker.partition(":")[2]: asker for asker in self.askers}
        for word in words.replace(",", " ").split():
            for name in self.groups.get(word, (word,)):
                yield known[name]


def read_cast(path: Path) -> Cast:
    """The cast that the file describes; raises BadPolicy naming every bad line."""
    written = read_written(path)
    expecting = Expecting(shown(path))
    told = expecting.table(written, "the file", _FIELDS)
    for name in ("home", "practices"):
        if name not in told:
            expecting.wrong(written, "missing", f"`{name}` is missing")
    practices = {
        practice: one
        for id, one in expecting.table(told.get("practices"), "`practices`").items()
        if (practice := _practice(expecting, one, id))
    }
    home = next((one for one in practices if "home" in told and one.id == told["home"].value), None)
    if home is None:
        expecting.wrong(told.get("home", written), "practice", "`home` must name one of the practices")
    people = {practice: _people(expecting, one) for practice, one in practices.items()}
    above = {
        str(who): expecting.role(role, expecting.text(role, "a role"))
        for name, role in expecting.table(told.get("above"), "`above`").items()
        if (who := _subject(expecting, role, name))
    }
    stranger = told.get("stranger")
    if sum(map(len, people.values())) > MOST_PEOPLE:
        expecting.wrong(written, "size", f"a cast has at most {MOST_PEOPLE} people")
    names = {id for of in people.values() for id in of} | {who.partition(":")[2] for who in above}
    found = Cast(
        now=(moment(expecting, told["now"], "`now`") if "now" in told else None) or _SOME_DAY,
        home=home or Practice("nowhere"),
        people=people,
        owners={practice: _owner(expecting, one, people[practice]) for practice, one in practices.items()},
        above=above,
        stranger=str(_subject(expecting, stranger, expecting.text(stranger, "`stranger`"))) if stranger else "",
        groups={
            group: tuple(expecting.words(members, "person", names))
            for group, members in expecting.table(told.get("groups"), "`groups`").items()
        },
    )
    members = {f"user:{id}" for of in people.values() for id in of}
    everybody = [*members, *above, *filter(None, [found.stranger])]
    if len({who.partition(":")[2] for who in everybody}) < len(everybody):
        expecting.wrong(written, "name", "everybody needs a name of their own, whatever they are")
    expecting.settle()
    return found


def _practice(expecting: Expecting, written: Written, id: str) -> Practice | None:
    try:
        return Practice.parse(id)
    except BadName as error:
        expecting.wrong(written, "name", str(error))
        return None


def _subject(expecting: Expecting, written: Written, name: str) -> Subject | None:
    try:
        return Subject.parse(name)
    except BadName as error:
        expecting.wrong(written, "name", str(error))
        return None


def _people(expecting: Expecting, written: Written) -> dict[str, dict[str, Any]]:
    told = expecting.table(written, "a practice", ("owner", "people"))
    listed = expecting.table(told.get("people"), "`people`")
    return {
        expecting.user(facts, id): facts_of(expecting, facts, OF_A_MEMBER, listed.keys())
        for id, facts in listed.items()
    }


def _owner(expecting: Expecting, written: Written, people: Mapping[str, object]) -> str:
    told = written.value.get("owner") if isinstance(written.value, Mapping) else None
    if told is None:
        expecting.wrong(written, "missing", "a practice needs an `owner`")
        return ""
    return expecting.word(told, "person", people.keys())
