"""The swift reading of a question makes of it what the thorough one makes, or leaves it to the thorough one."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from authz.asgi.swift import question_of
from authz.core.errors import Invalid
from authz.core.names import BadName, Practice
from authz.policies import VOCABULARY
from authz.policies.asking import question

HERE = Practice("northside")
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.text(max_size=2), max_size=1))
NAMES = st.sampled_from(["user:ray", "user:lee", "service:charting", "role:x", "user:", "user:a b", ""])
CHOICES = sorted({word for type in VOCABULARY.types.values() for a in type.attributes.values() for word in a.choices})
WORDS = st.one_of(st.sampled_from(CHOICES), NAMES, st.text(max_size=3), st.just("x" * 201), ODD)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """A question about a type that there is, with values that fit it more often than not."""
    type = draw(st.sampled_from(sorted(VOCABULARY.types)))
    known = VOCABULARY.types[type]
    attributes = draw(st.dictionaries(st.sampled_from([*known.attributes, "other"]), WORDS, max_size=3))
    resource: dict[str, Any] = {"type": draw(st.one_of(st.just(type), ODD))}
    resource |= draw(st.fixed_dictionaries({}, optional={"id": WORDS, "attributes": st.just(attributes), "x": ODD}))
    actions = st.one_of(st.sampled_from(sorted(known.actions)), ODD)
    made: dict[str, Any] = {"subject": draw(st.one_of(NAMES, ODD)), "action": draw(actions), "resource": resource}
    contexts = st.fixed_dictionaries({}, optional={"reason": WORDS, "epcs_2fa": st.booleans()})
    return made | draw(st.fixed_dictionaries({}, optional={"context": contexts}))


@settings(max_examples=500, deadline=None)
@given(questions())
def test_both_read_the_same_or_neither_reads_anything(value: dict[str, Any]) -> None:
    try:
        thorough = question(HERE, value["subject"], value["action"], value["resource"], value.get("context"))
    except (Invalid, TypeError):
        thorough = None
    try:
        swift = question_of(HERE, value)
    except (AttributeError, BadName, Invalid, KeyError, TypeError, ValueError):
        swift = None
    assert swift == thorough
