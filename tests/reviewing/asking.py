"""Questions at random, of people and services of northside, about everything there is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from authz.core.decision import Context, Request, Resource
from authz.core.names import Subject
from authz.policies import VOCABULARY
from tests.managing.conftest import NORTH

SUBJECTS = ["user:omar", "user:ana", "user:lee", "user:kim", "user:ray", "user:joe", "user:old", "user:sadm",
            "user:far", "user:nobody", "service:charting"]  # fmt: skip
EVERY = [(type.name, action) for type in VOCABULARY.types.values() for action in type.actions]


def questions(seed: int, count: int) -> Iterator[Request]:
    """As many questions, in which a good part of the attributes that the type knows is stated."""
    chance = random.Random(seed)
    for _ in range(count):
        name, action = chance.choice(EVERY)
        type, who = VOCABULARY.types[name], chance.choice(SUBJECTS)
        stated = {}
        for attribute in type.attributes.values():
            if chance.random() < 0.7:
                values = attribute.choices
                if attribute.kind == "subject":
                    values = (who, *SUBJECTS)
                elif attribute.kind == "flag":
                    values = ("true", "false")
                elif attribute.name == "patient":
                    values = ("p1", "p2")
                elif not values:
                    values = ("fin.payments", "reports")
                stated[attribute.name] = chance.choice(values)
        id = chance.choice(["", "user:ray" if type.concerns == "id" else "r1", "fin.payments"])
        context = Context(
            chance.choice([None, datetime(2026, 1, 1, tzinfo=UTC)]),
            chance.choice(["", "because"]),
            chance.random() < 0.5,
        )
        yield Request(NORTH, Subject.parse(who), action, Resource(name, id.removeprefix("user:"), stated), context)
