"""`authz users`, `authz analytics-roles`: what is changed on the command line decides from the next check on."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.cli.conftest import Typed

NOTE_OF_LEE = ("--attr", "author=user:lee", "--attr", "state=draft")


def test_everybody_is_listed_those_who_left_included(authz: Typed) -> None:
    listed = {user["id"]: user for user in authz("users", "list", "northside", "--json").json["users"]}
    assert listed["old"]["status"] == "inactive"
    assert listed["lee"]["status"] == "active"
    assert "sadm" not in listed
    table = authz("users", "list", "northside").out
    assert all(user in table for user in listed)


def test_a_switch_that_is_set_counts_at_once_and_only_there(authz: Typed) -> None:
    read = ("check", "northside", "user:joe", "read", "chart_note", *NOTE_OF_LEE)
    assert authz(*read).code == 1
    said = authz("users", "access", "northside", "joe", "chart_notes=all", "--reason", "covers for ana", "--json")
    assert said.code == 0
    assert said.json["access"]["chart_notes"] == "all"
    assert said.json["access"]["edit_claims"] is False
    assert authz(*read).code == 0
    assert authz("check", "northside", "user:bea", "read", "chart_note", *NOTE_OF_LEE).code == 1


def test_a_sheet_that_is_only_looked_at_stays_as_it_is(authz: Typed) -> None:
    first = authz("users", "access", "northside", "lee", "--json").json
    assert authz("users", "access", "northside", "lee", "--json").json == first
    assert first["access"]["practitioner"] is True
    assert first["access"]["chart_notes"] == "all"
    assert "practitioner" in authz("users", "access", "northside", "lee").out


def test_a_person_who_is_added_can_work_at_once(authz: Typed) -> None:
    said = authz(
        "users", "add", "northside", "lou@northside.example", "Lou", "--id", "lou", "--set", "edit_claims=true"
    )
    assert said.code == 0, said.err
    assert authz("check", "northside", "user:lou", "edit", "claim", "--attr", "state=draft").code == 0
    assert authz("check", "southside", "user:lou", "edit", "claim", "--attr", "state=draft").code == 1


def test_an_address_that_is_taken_is_a_conflict_that_does_not_say_where(authz: Typed) -> None:
    taken = authz("users", "show", "southside", "far", "--json").json["email"]
    said = authz("users", "add", "northside", taken.upper(), "Lou", "--json")
    assert said.code == 2
    assert said.error["code"] == "email_taken"
    assert "southside" not in said.error["message"]


def test_a_cosigner_is_set_shown_and_removed(authz: Typed) -> None:
    assert authz("users", "links", "northside", "ray", "--json").json["cosigner"] == "kim"
    assert authz("users", "links", "northside", "ray", "--cosigner", "lee", "--json").json["cosigner"] == "lee"
    said = authz("users", "links", "northside", "ray", "--cosigner", "none", "--json").json
    assert (said["cosigner"], said["supervisor"]) == (None, "lee")


def test_nobody_signs_in_a_circle(authz: Typed) -> None:
    assert authz("users", "links", "northside", "kim", "--cosigner", "ray").code == 2


def test_who_is_deactivated_may_nothing_and_gets_everything_back(authz: Typed) -> None:
    before = authz("users", "show", "northside", "lee", "--json").json
    read = ("check", "northside", "user:lee", "read", "patient")
    assert authz("users", "deactivate", "northside", "lee", "--reason", "on leave").code == 0
    assert authz(*read, "--json").json["reason"] == "inactive"
    assert authz("users", "reactivate", "northside", "lee").code == 0
    assert authz(*read).code == 0
    after = authz("users", "show", "northside", "lee", "--json").json
    assert {**after, "revision": 0} == {**before, "revision": 0}


def test_the_owner_stays(authz: Typed) -> None:
    assert authz("users", "deactivate", "northside", "omar").code == 2
    assert authz("users", "access", "northside", "omar", "admin=false").code == 2


def test_enablement_and_seat_are_set(authz: Typed) -> None:
    assert authz("users", "erx", "northside", "sue", "on", "--json").json["erx_enabled"] is True
    assert authz("check", "northside", "user:sue", "prepare", "erx").code == 0
    assert authz("users", "erx", "northside", "sue", "off", "--json").json["erx_enabled"] is False
    assert authz("check", "northside", "user:sue", "prepare", "erx").code == 1
    assert authz("users", "seat", "northside", "sue", "provider", "--json").json["seat"] == "provider"


def test_an_analytics_role_shows_its_reports_and_no_other(authz: Typed) -> None:
    assert authz("analytics-roles", "put", "northside", "takings", "fin.sales_tax", "fin.refunds").code == 0
    assert authz("users", "access", "northside", "al", "analytics=takings").code == 0
    view = ("check", "northside", "user:al", "view", "analytics_report", "--id")
    assert authz(*view, "fin.refunds").code == 0
    assert authz(*view, "fin.payments", "--json").json["reason"] == "not_found"
    assert authz("analytics-roles", "put", "northside", "takings", "fin.sales_tax").code == 0
    assert authz(*view, "fin.refunds").code == 1
    (listed,) = authz("analytics-roles", "list", "northside", "--json").json["analytics_roles"]
    assert (listed["id"], listed["reports"]) == ("takings", ["fin.sales_tax"])


def test_an_analytics_role_that_someone_holds_is_not_removed(authz: Typed) -> None:
    authz("analytics-roles", "put", "northside", "takings", "fin.sales_tax")
    authz("users", "access", "northside", "al", "analytics=takings")
    said = authz("analytics-roles", "remove", "northside", "takings", "--json")
    assert (said.code, said.error["code"]) == (2, "role_in_use")
    authz("users", "access", "northside", "al", "analytics=none")
    assert authz("analytics-roles", "remove", "northside", "takings").code == 0


def test_a_report_that_is_none_is_refused(authz: Typed) -> None:
    assert authz("analytics-roles", "put", "northside", "takings", "fin.sale_tax").code == 2


DEPLOY = Path(__file__).parents[2] / "deploy" / "README.md"


def test_the_first_hour_of_an_installation_goes_as_its_operators_are_told(bare: Typed) -> None:
    """On a database that knows nobody yet, every command of deploy/README.md."""
    (block,) = re.findall(r"^```sh\n(.*?)^```", DEPLOY.read_text(), re.DOTALL | re.MULTILINE)
    typed = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert {command[0] for command in typed} == {"authz"}
    tokens = []
    for _, *arguments in typed:
        said = bare(*arguments)
        assert said.code == 0, (arguments, said)
        tokens += re.findall(r"^azk_\S+$", said.out, re.MULTILINE)
    assert len(tokens) == 1
    assert bare("check", "northside", "user:op", "create", "user").code == 0


def test_a_person_outside_all_practices_has_an_id_and_no_switches(authz: Typed) -> None:
    add = ("users", "add", "*", "nia@authz.example", "Nia Olsen")
    assert authz(*add).code == 2
    assert authz(*add, "--id", "nia", "--set", "admin=true").code == 2
    for given in (("--phone", "+1 555 0100"), ("--alias", "n@authz.example"), ("--seat", "provider")):
        assert authz(*add, "--id", "nia", *given).code == 2
    assert authz(*add, "--id", "op").code == 2
    assert authz(*add, "--id", "nia").code == 0
    assert authz("users", "add", "*", "NIA@authz.example", "Nia", "--id", "n2", "--json").error["code"] == "email_taken"
    assert authz("check", "northside", "user:nia", "read", "patient").code == 1
    # The record knows her, if only as somebody to whom something was done.
    assert authz("audit", "list", "*", "--actor", "user:nia").code == 0
    assert authz("audit", "list", "*", "--actor", "user:nina").code == 2
