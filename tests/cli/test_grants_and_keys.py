"""`authz grant`, `authz revoke`, `authz keys`: who holds what, and by which credential they ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.cli.conftest import Typed

EDIT_CLAIM = ("check", "northside", "user:joe", "edit", "claim", "--attr", "state=draft")


def test_a_grant_counts_until_it_is_revoked(authz: Typed) -> None:
    assert authz(*EDIT_CLAIM).code == 1
    assert authz("grant", "northside", "user:joe", "claims-editor", "--reason", "month's end").code == 0
    assert authz(*EDIT_CLAIM).code == 0
    assert authz("users", "access", "northside", "joe", "--json").json["access"]["edit_claims"] is True
    assert authz("revoke", "northside", "user:joe", "claims-editor").code == 0
    assert authz(*EDIT_CLAIM).code == 1


def test_a_grant_in_one_practice_is_none_in_another(authz: Typed) -> None:
    authz("grant", "northside", "user:joe", "claims-editor")
    assert authz("check", "southside", "user:joe", "edit", "claim", "--attr", "state=draft").code == 1


def test_a_grant_may_end_by_itself(authz: Typed) -> None:
    said = authz("grant", "northside", "user:joe", "claims-editor", "--until", "8h", "--json")
    ends = datetime.fromisoformat(said.json["expires_at"])
    assert timedelta(hours=7) < ends - datetime.now(UTC) <= timedelta(hours=8)
    assert authz(*EDIT_CLAIM).code == 0


def test_a_service_is_granted_everywhere_with_a_star(authz: Typed) -> None:
    assert authz("grant", "*", "service:front-desk", "decision-caller").code == 0
    for practice in ("northside", "southside"):
        assert authz("check", practice, "service:front-desk", "ask", "decision").code == 0
    assert authz("revoke", "*", "service:front-desk", "decision-caller").code == 0
    assert authz("check", "northside", "service:front-desk", "ask", "decision").code == 1


def test_a_role_that_does_not_exist_is_not_given(authz: Typed) -> None:
    said = authz("grant", "northside", "user:joe", "claims-editors", "--json")
    assert said.code == 2


def test_a_token_is_shown_once_and_its_hash_never(authz: Typed) -> None:
    made = authz(
        "keys", "create", "service:charting", "--label", "ward round", "--practice", "northside", "--json"
    ).json
    token, key = made["token"], made["key"]
    assert token.startswith("azk_")
    assert "hash" not in key
    listed = authz("keys", "list", "--json")
    assert token not in listed.out
    found = {k["id"]: k for k in listed.json["keys"]}[key["id"]]
    assert (found["label"], found["practice"], found["revoked_at"]) == ("ward round", "northside", None)
    assert "ward round" in authz("keys", "list").out


def test_a_revoked_key_stays_in_the_list_as_revoked(authz: Typed) -> None:
    key = authz("keys", "create", "service:charting", "--label", "trial", "--json").json["key"]["id"]
    assert authz("keys", "revoke", key).code == 0
    found = {k["id"]: k for k in authz("keys", "list", "--json").json["keys"]}[key]
    assert found["revoked_at"] is not None


def test_a_key_that_is_not_there_cannot_be_revoked(authz: Typed) -> None:
    assert authz("keys", "revoke", "nothing").code == 2
