"""`authz check` answers what the policy says, in words and as JSON."""

from __future__ import annotations

from tests.cli.conftest import Typed

DRAFT_OF_RAY = ("--id", "n2", "--attr", "author=user:ray", "--attr", "state=draft")


def test_a_yes_is_exit_code_0(authz: Typed) -> None:
    said = authz("check", "northside", "user:ray", "edit", "chart_note", *DRAFT_OF_RAY)
    assert said.code == 0
    assert said.out == "allowed: a role that the subject holds permits it [granted]\n"


def test_a_no_is_exit_code_1_and_says_why(authz: Typed) -> None:
    said = authz("check", "northside", "user:lee", "edit", "chart_note", *DRAFT_OF_RAY)
    assert said.code == 1
    assert said.out == "denied: only the author may do this [only_author]\n"


def test_programs_get_the_same_answer_as_over_http(authz: Typed) -> None:
    said = authz("check", "northside", "user:lee", "edit", "chart_note", *DRAFT_OF_RAY, "--json")
    assert said.code == 1
    assert {**said.json, "revision": 0} == {"allowed": False, "reason": "only_author", "revision": 0}
    assert said.json["revision"] > 0


def test_obligations_are_told(authz: Typed) -> None:
    said = authz("check", "northside", "user:ray", "sign", "chart_note", *DRAFT_OF_RAY)
    assert said.code == 0
    assert "obligation create_cosign_task assignee=user:kim" in said.out
    said = authz("check", "northside", "user:ray", "sign", "chart_note", *DRAFT_OF_RAY, "--json")
    assert said.json["obligations"] == [{"type": "create_cosign_task", "assignee": "user:kim"}]


def test_circumstances_count(authz: Typed) -> None:
    locked = ("check", "northside", "user:ana", "unlock", "chart_note", "--attr", "state=locked")
    assert authz(*locked).code == 1
    assert authz(*locked, "--context", "reason=wrong patient").code == 0


def test_the_second_factor_is_a_truth_value(authz: Typed) -> None:
    send = ("check", "northside", "user:lee", "sign", "erx_controlled", "--attr", "named_prescriber=user:lee")
    assert authz(*send, "--context", "epcs_2fa=true").code == 0
    assert authz(*send, "--context", "epcs_2fa=false").code == 1
    assert authz(*send, "--context", "epcs_2fa=yes").code == 2


def test_a_stranger_is_denied_like_a_member_of_another_practice(authz: Typed) -> None:
    sadm = authz("check", "northside", "user:sadm", "read", "patient")
    nobody = authz("check", "northside", "user:nobody", "read", "patient")
    assert (sadm.code, sadm.out) == (nobody.code, nobody.out)
    assert sadm.code == 1
