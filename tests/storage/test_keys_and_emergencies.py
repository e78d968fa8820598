"""Keys and emergencies, on every database there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from authz.core import changes
from authz.core.changes import ApiKey
from authz.core.errors import Conflict
from authz.core.names import INSTALLATION
from authz.core.people import Emergency
from authz.storage import SqlStore
from tests.storage.conftest import CHARTING, KIM, LEE, NOON, NORTH, SOUTH, both_open, change

KEY = ApiKey("k1", CHARTING, "a" * 64, "charting, “live”", "cli:tests", NOON, NORTH, NOON + timedelta(days=90))
EMERGENCY = Emergency("e1", NORTH, LEE, "p1", "unconscious", NOON, NOON + timedelta(hours=1))


def test_a_key_comes_back_as_it_was_put_by_its_hash(store: SqlStore) -> None:
    both_open(store)
    store.apply(change(INSTALLATION, changes.PutKey(KEY)))
    assert store.key_by_hash(KEY.hash) == store.key("k1") == KEY
    assert store.key_by_hash("b" * 64) is store.key("k2") is None
    revoked = replace(KEY, revoked_at=NOON)
    store.apply(change(INSTALLATION, changes.PutKey(revoked)))
    assert list(store.keys()) == [revoked]


def test_keys_come_in_pages_ordered_by_bytes(store: SqlStore) -> None:
    ids = ["A", "Z", "_".join("ab"), "b", "k.1", "k1"]
    for id in reversed(ids):
        store.apply(change(INSTALLATION, changes.PutKey(replace(KEY, id=id, hash=id.ljust(64, "0"), practice=None))))
    assert [key.id for key in store.keys(limit=4)] == ids[:4]
    assert [key.id for key in store.keys(after=ids[3])] == ids[4:]


def test_two_keys_never_share_a_token(store: SqlStore) -> None:
    both_open(store)
    store.apply(change(INSTALLATION, changes.PutKey(KEY)))
    with pytest.raises(Conflict):
        store.apply(change(INSTALLATION, changes.PutKey(replace(KEY, id="k2"))))
    assert list(store.keys()) == [KEY]


def test_a_key_alone_changes_no_practices_policy(store: SqlStore) -> None:
    both_open(store)
    assert store.apply(change(INSTALLATION, changes.PutKey(KEY))) == 1
    assert (store.revision(NORTH), store.revision(SOUTH)) == (1, 1)


def test_an_emergency_is_in_the_snapshot_until_it_is_over_and_reviewed(store: SqlStore) -> None:
    both_open(store)

    def seen(emergency: Emergency) -> bool:
        store.apply(change(NORTH, changes.PutEmergency(emergency)))
        assert store.snapshot(SOUTH).emergencies == ()
        return store.snapshot(NORTH).emergencies == (emergency,)

    ended = NOON + timedelta(minutes=5)
    early = {"reviewed_by": KIM, "reviewed_at": NOON + timedelta(minutes=10)}
    late = {"reviewed_by": KIM, "reviewed_at": EMERGENCY.until}
    assert seen(EMERGENCY)
    assert seen(replace(EMERGENCY, **early))
    assert seen(replace(EMERGENCY, ended_at=ended))
    assert not seen(replace(EMERGENCY, ended_at=ended, **early))
    assert not seen(replace(EMERGENCY, **late))
