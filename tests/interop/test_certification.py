"""The certification scenario: its decisions and searches, at the levels Core and Properties."""

from __future__ import annotations

import pytest

from tests.interop.conftest import Body, Interop, entity, question

ALICE, BOB, NOBODY = (entity("user", name) for name in ("alice", "bob", "nonexistent-user"))
ADMIN = entity("user", "bob", role="admin")
ONE, TWO = entity("record", "record-1"), entity("record", "record-2")
ARCHIVED = entity("record", "record-2", status="archived")
SOFT: Body = {"name": "delete", "properties": {"soft": True}}
HARD: Body = {"name": "delete", "properties": {"soft": False}}

DECISIONS = [
    (ALICE, "read", ONE, True),
    (BOB, "read", ONE, True),
    (ALICE, "read", TWO, True),
    (NOBODY, "read", ONE, False),
    (ALICE, "write", ONE, True),
    (BOB, "write", ONE, False),
    (ADMIN, "write", ONE, False),
    (ALICE, "write", TWO, False),
    (ALICE, "write", ARCHIVED, False),
    (ALICE, "write", entity("record", "record-1", status="archived"), False),
    (ALICE, "write", entity("record", "record-9", status="active"), True),
    (ALICE, "write", entity("record", "record-9"), False),
    (BOB, "write", TWO, True),
    (ADMIN, "write", ARCHIVED, True),
    (BOB, "write", ARCHIVED, True),
    (entity("user", "alice", role="admin"), "write", ARCHIVED, True),
    (entity("user", "bob", role="employee"), "write", ARCHIVED, False),
    (NOBODY | {"properties": {"role": "admin"}}, "write", ARCHIVED, False),
    (ALICE, SOFT, ONE, True),
    (ALICE, HARD, ONE, False),
    (ALICE, "delete", ONE, False),
    (BOB, SOFT, ONE, False),
    (ALICE, "fly", ONE, False),
    (ALICE, "read", entity("spaceship", "s1"), False),
    (entity("robot", "alice"), "read", ONE, False),
    (entity("identity", "alice"), "read", ONE, True),
]


@pytest.mark.parametrize(("subject", "action", "resource", "expected"), DECISIONS)
def test_decisions(interop: Interop, subject: Body, action: str | Body, resource: Body, expected: bool) -> None:
    assert interop.decides("cert", question(subject, action, resource)) is expected


def test_what_counts_and_cannot_be_read_is_a_no_that_says_so(interop: Interop) -> None:
    perhaps = {"name": "delete", "properties": {"soft": "perhaps"}}
    told = interop.ask("cert", "evaluation", question(ALICE, perhaps, ONE)).json
    assert told["decision"] is False
    assert "action.properties.soft" in told["context"]["error"]["message"]


def test_the_same_decisions_in_one_batch(interop: Interop) -> None:
    asked = [question(subject, action, resource) for subject, action, resource, _ in DECISIONS]
    answer = interop.ask("cert", "evaluations", {"evaluations": asked})
    assert [one["decision"] for one in answer.json["evaluations"]] == [expected for *_, expected in DECISIONS]


def test_s1_who_can_read_record_1(interop: Interop) -> None:
    body = {"subject": {"type": "user"}, "action": {"name": "read"}, "resource": ONE}
    assert interop.finds("cert", "subject", body) == [{"type": "user", "id": name} for name in ("alice", "bob")]


def test_s2_what_can_alice_read(interop: Interop) -> None:
    body = {"subject": ALICE, "action": {"name": "read"}, "resource": {"type": "record"}}
    assert interop.finds("cert", "resource", body) == [{"type": "record", "id": f"record-{n}"} for n in (1, 2)]


def test_s3_what_can_alice_do_on_record_1(interop: Interop) -> None:
    assert interop.finds("cert", "action", {"subject": ALICE, "resource": ONE}) == [{"name": "read"}, {"name": "write"}]


@pytest.mark.parametrize("record", [TWO, ARCHIVED])
def test_s4_who_can_write_archived_record_2(interop: Interop, record: Body) -> None:
    """Bob's role is stored, and no request says it."""
    body = {"subject": {"type": "user"}, "action": {"name": "write"}, "resource": record}
    assert interop.finds("cert", "subject", body) == [{"type": "user", "id": "bob"}]


@pytest.mark.parametrize("bob", [BOB, ADMIN])
def test_s5_what_can_admin_bob_write(interop: Interop, bob: Body) -> None:
    """That record-2 is archived is stored, and no request says it."""
    body = {"subject": bob, "action": {"name": "write"}, "resource": {"type": "record"}}
    assert interop.finds("cert", "resource", body) == [{"type": "record", "id": "record-2"}]


@pytest.mark.parametrize("bob", [BOB, ADMIN])
def test_s6_what_can_admin_bob_do_on_archived_record_2(interop: Interop, bob: Body) -> None:
    for record in (TWO, ARCHIVED):
        found = interop.finds("cert", "action", {"subject": bob, "resource": record})
        assert found == [{"name": "read"}, {"name": "write"}]


def test_a_role_in_the_question_is_of_no_use_to_who_is_searched_for_by_it(interop: Interop) -> None:
    body = {
        "subject": {"type": "user", "properties": {"role": "admin"}},
        "action": {"name": "write"},
        "resource": ARCHIVED,
    }
    assert interop.finds("cert", "subject", body) == [{"type": "user", "id": name} for name in ("alice", "bob")]


def test_a_resource_tells_nothing_of_who_asks_nor_of_what_is_done(interop: Interop) -> None:
    """The properties of a record may come from whoever filled it in; of the asker the client speaks elsewhere."""
    claimed: Body = {"subject.role": "admin", "action.soft": True, "subject.role.x": 7}
    archived = {**TWO, "properties": {"status": "archived", **claimed}}
    assert not interop.decides("cert", question(ALICE, "write", archived))
    assert not interop.decides("cert", question(ALICE, "delete", {**ONE, "properties": claimed}))
    assert interop.decides("cert", question(ALICE, SOFT, {**ONE, "properties": {"action.soft": []}}))
