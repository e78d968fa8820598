"""Commands that change something say what, can be tried first, and go by the same rules as the API."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from authz.bootstrap import services
from authz.core.changes import Actor
from authz.core.names import Practice
from authz.managing import Terms
from authz.settings import Settings
from tests.cli.conftest import Typed

ACCESS = ("users", "access", "northside", "joe")
EXPORTS = {"resource": "chart_note", "action": "export", "condition": "always", "of": ""}


def revision(authz: Typed) -> int:
    found = authz("practices", "show", "northside", "--json").json["revision"]
    assert isinstance(found, int)
    return found


def test_a_dry_run_tells_the_effect_and_writes_nothing(authz: Typed) -> None:
    before = revision(authz)
    said = authz(*ACCESS, "chart_notes=all", "--dry-run", "--json").json
    assert (said["written"], said["access"]["chart_notes"], said["revision"]) == (False, "all", before)
    [effect] = said["effects"]
    assert (effect["subject"], effect["lost"]) == ("user:joe", [])
    assert EXPORTS in effect["gained"]
    assert revision(authz) == before
    assert authz(*ACCESS, "--json").json["access"]["chart_notes"] == "none"
    in_words = authz(*ACCESS, "chart_notes=all", "--dry-run").out
    assert "+ user:joe chart_note: export, list, print, read" in in_words
    assert f"nothing is written; revision {before}, plan {said['plan']}" in in_words


def test_a_plan_is_kept_or_nothing_happens(authz: Typed) -> None:
    plan = authz(*ACCESS, "chart_notes=all", "--dry-run", "--json").json["plan"]
    said = authz(*ACCESS, "chart_notes=own", "--plan", plan, "--json")
    assert (said.code, said.error["code"]) == (2, "plan_changed")
    assert authz(*ACCESS, "chart_notes=all", "--plan", plan, "--json").json["written"] is True
    assert authz(*ACCESS, "--json").json["access"]["chart_notes"] == "all"


def test_what_was_made_up_from_an_older_revision_is_refused(authz: Typed) -> None:
    seen = str(revision(authz))
    assert authz(*ACCESS, "edit_claims=true", "--if-revision", seen).code == 0
    said = authz(*ACCESS, "edit_claims=false", "--if-revision", seen, "--json")
    assert (said.code, said.error["code"]) == (2, "stale_expectation")
    assert authz(*ACCESS, "--json").json["access"]["edit_claims"] is True


def test_a_whole_sheet_takes_defaults_for_what_is_left_out(authz: Typed) -> None:
    assert authz(*ACCESS, "edit_claims=true").code == 0
    sheet = authz(*ACCESS, "--whole", "practitioner=true", "--json").json["access"]
    assert (sheet["edit_claims"], sheet["practitioner"], sheet["chart_notes"]) == (False, True, "all")


def test_what_is_known_of_a_person_changes_and_the_rest_stays(authz: Typed) -> None:
    before = authz("users", "show", "northside", "lee", "--json").json
    said = authz("users", "edit", "northside", "lee", "--phone", "+1 555 0100", "--alias", "l@x.example", "--json").json
    assert (said["phone"], said["aliases"], said["name"]) == ("+1 555 0100", ["l@x.example"], before["name"])
    assert authz("users", "edit", "northside", "lee", "--alias", "none", "--json").json["aliases"] == []
    assert authz("users", "email", "northside", "lee", "l@x.example", "--json").json["email"] == "l@x.example"
    [found] = authz("users", "list", "northside", "--search", "L@X.ex", "--json").json["users"]
    assert found["id"] == "lee"
    left = authz("users", "list", "northside", "--status", "inactive", "--json").json["users"]
    assert "old" in {user["id"] for user in left}
    assert "lee" not in {user["id"] for user in left}


def test_a_practice_is_opened_set_up_and_handed_over(authz: Typed) -> None:
    said = authz("practices", "open", "westside", "Westside", "wes@westside.example", "Wes", "--id", "wes", "--json")
    assert said.json["owner"] == "user:wes"
    assert authz("practices", "set", "westside", "--blank-erx-level", "none", "--name", "West").code == 0
    assert (
        authz("users", "add", "westside", "amy@westside.example", "Amy", "--id", "amy", "--set", "admin=true").code == 0
    )
    assert authz("practices", "owner", "westside", "amy").code == 0
    shown = authz("practices", "show", "westside", "--json").json
    assert (shown["name"], shown["owner"], shown["blank_erx_level"]) == ("West", "user:amy", "none")
    assert "westside" in {one["practice"] for one in authz("practices", "list", "--json").json["practices"]}


def test_a_guest_comes_and_goes(authz: Typed) -> None:
    see = ("check", "northside", "user:far", "read", "patient")
    assert authz("guests", "admit", "northside", "far", "--set", "edit_claims=true").code == 0
    assert authz(*see).code == 0
    assert authz("guests", "dismiss", "northside", "far").code == 0
    assert authz(*see).code == 1
    assert authz("guests", "dismiss", "northside", "lee", "--json").error["code"] == "member"


def test_a_role_is_made_given_listed_and_kept_while_it_is_held(authz: Typed) -> None:
    edits = ("check", "northside", "user:joe", "edit", "claim", "--attr", "state=draft")
    assert authz(*edits).code == 1
    assert authz("roles", "put", "northside", "lead", "claim:edit:claim_open", "claim:read", "--name", "Lead").code == 0
    assert authz("grant", "northside", "user:joe", "lead", "--until", "8h").code == 0
    assert authz(*edits).code == 0
    [role] = [one for one in authz("roles", "list", "northside", "--json").json["roles"] if one["id"] == "lead"]
    assert role == {"id": "lead", "name": "Lead", "permissions": ["claim:edit:claim_open", "claim:read"]}
    [grant] = authz("grants", "northside", "--role", "lead", "--json").json["grants"]
    assert (grant["subject"], grant["in_force"]) == ("user:joe", True)
    assert authz("roles", "remove", "northside", "lead", "--json").error["code"] == "role_in_use"
    assert authz("revoke", "northside", "user:joe", "lead").code == 0
    assert authz("roles", "remove", "northside", "lead").code == 0
    assert authz(*edits).code == 1


def test_nobody_decides_from_here_what_they_asked_for_from_here(authz: Typed) -> None:
    asked = authz("requests", "ask", "northside", "erx_enablement", "joe", "--reason", "covers", "--json").json
    said = authz("requests", "approve", "northside", asked["id"], "--json")
    assert (said.code, said.error["code"]) == (2, "not_allowed")
    [listed] = authz("requests", "list", "northside", "--state", "pending", "--user", "joe", "--json").json["requests"]
    assert (listed["id"], listed["reason"]) == (asked["id"], "covers")


def test_seats_are_counted_with_their_prices(authz: Typed) -> None:
    bill = authz("seats", "northside", "--json").json
    assert bill["total_monthly"] == sum(line["count"] * line["unit_price"] for line in bill["items"]) > 0
    assert f"{bill['total_monthly']} USD a month" in authz("seats", "northside").out


def test_the_record_tells_what_was_done_and_that_it_was_read(authz: Typed) -> None:
    assert authz(*ACCESS, "edit_claims=true", "--reason", "covers for bea").code == 0
    for _ in range(2):
        [event] = authz("audit", "list", "northside", "--action", "access_set", "--json").json["events"]
    assert (event["subject"], event["after"], event["reason"]) == ("user:joe", {"edit_claims": True}, "covers for bea")
    [first, _] = authz("audit", "list", "northside", "--action", "audit_read", "--since", "1h", "--json").json["events"]
    assert first["after"] == {"action": "access_set"}
    assert authz("audit", "list", "northside", "--since", "2099-01-01T00:00:00Z", "--json").json == {"events": []}


def test_a_record_that_was_tampered_with_is_a_finding_that_names_the_event(authz: Typed) -> None:
    whole = authz("audit", "verify", "--json")
    assert (whole.code, whole.json["intact"]) == (0, True)
    assert {one["practice"] for one in whole.json["practices"]} == {"*", "northside", "southside"}
    with sqlite3.connect(Path("var/authz.db")) as connection:
        connection.execute("UPDATE audit_events SET reason = 'x' WHERE practice = 'northside' AND seq = 3")
    connection.close()
    said = authz("audit", "verify", "northside", "--json")
    assert said.code == 1
    assert said.json["practices"][0]["broken"] == [{"seq": 3, "problem": "changed"}]
    assert "northside: event 3 was changed" in authz("audit", "verify").out
    assert authz("audit", "verify", "southside").code == 0


def test_an_emergency_is_listed_and_ended(authz: Typed) -> None:
    assert authz(*ACCESS, "emergency_access=true").code == 0
    with closing(services(Settings())) as service:
        by = Terms(Actor("user:joe", "key:1"), "collapse")
        service.emergencies.start(by, Practice("northside"), "p1", 60)
    [listed] = authz("emergencies", "list", "northside", "--to-review", "--json").json["emergencies"]
    assert (listed["user"], listed["patient"], listed["open"]) == ("user:joe", "p1", True)
    note = ("check", "northside", "user:joe", "read", "chart_note", "--attr", "author=user:lee", "--attr", "patient=p1")
    assert (authz(*note).code, authz("explain", *note[1:]).code) == (0, 0)
    told = authz("audit", "list", "northside", "--action", "emergency_decision", "--json").json["events"]
    assert [(event["subject"], event["via"], event["after"]["patient"]) for event in told] == [
        ("user:joe", "cli", "p1")
    ] * 2
    assert authz("emergencies", "end", "northside", listed["id"]).code == 0
    assert authz(*note).code == 1
    [listed] = authz("emergencies", "list", "northside", "--json").json["emergencies"]
    assert (listed["open"], listed["reviewed_by"]) == (False, None)


@pytest.mark.parametrize("command", ["emergencies", "requests"])
def test_a_list_of_nothing_says_so(authz: Typed, command: str) -> None:
    assert authz(command, "list", "northside", "--json").json == {command: []}
    assert authz(command, "list", "northside").out.startswith("no ")


def test_a_key_that_is_tried_first_has_no_token(authz: Typed) -> None:
    before = authz("keys", "list", "--json").json
    said = authz("keys", "create", "service:billing", "--dry-run", "--json").json
    assert "token" not in said
    assert authz("keys", "list", "--json").json == before


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("audit", "list", "northside", "--action", "acces_set"), "did you mean `access_set`"),
        (("audit", "list", "northside", "--actor", "omar"), "such as user:omar"),
        (("audit", "list", "northside", "--subject", "user:jo"), "did you mean `user:joe`"),
        (("grants", "northside", "--role", "practitoner"), "did you mean `practitioner`"),
        (("grants", "northside", "--subject", "user:jo"), "did you mean `user:joe`"),
        (("requests", "list", "northside", "--user", "jo"), "did you mean `user:joe`"),
        (("revoke", "northside", "user:joe", "practitoner"), "did you mean `practitioner`"),
    ],
)
def test_a_slip_of_the_pen_is_told_and_not_taken_for_nothing(authz: Typed, typed: tuple[str, ...], words: str) -> None:
    said = authz(*typed)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
