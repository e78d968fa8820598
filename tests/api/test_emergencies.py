"""The glass is broken, mended and looked at through the API: for one patient, by who is listed, and not for long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from tests.api.ward import CHART, GLASS, P, Ward, ward

__all__ = ["ward"]
OPENED: Final = ["chart_note", "clinical_profile", "lab_result", "subjective_intake", "vitals"]
SEALED: Final = ["psychotherapy_note", "sud_counseling_note"]


def test_only_who_is_listed_breaks_the_glass(ward: Ward) -> None:
    refused = {"omar": 403, "lee": 403, "joe": 403, "op": 403, "rev": 403, "sadm": 404, "far": 404}
    assert {id: ward.start(by=f"user:{id}").status for id in refused} == refused
    assert ward.start(by="service:charting").status == 403
    assert ward.events("emergency_started") == []
    assert ward.call("GET", GLASS).json["items"] == []
    assert ward.start(by="user:sue").status == 201


WRONG: Final[list[tuple[dict[str, Any], set[str]]]] = [
    ({"patient": None, "minutes": None, "reason": None}, {"patient", "minutes", "reason"}),
    ({"patient": "", "minutes": 0, "reason": "a" * 1001}, {"patient", "minutes", "reason"}),
    ({"patient": " \t", "minutes": 241}, {"patient", "minutes"}),
    ({"patient": "p1\0", "minutes": -1}, {"patient", "minutes"}),
    ({"patient": 1, "minutes": "60"}, {"patient", "minutes"}),
    ({"patient": ["p1"], "minutes": 60.0}, {"patient", "minutes"}),
    ({"minutes": 10**12, "hours": 4}, {"minutes", "hours"}),
    ({"reason": None}, {"reason"}),
    ({"reason": ""}, {"reason"}),
    ({"reason": " \n"}, {"reason"}),
]


def test_a_patient_a_reason_and_four_hours_at_most_are_demanded(ward: Ward) -> None:
    for given, paths in WRONG:
        answer = ward.start(**given)
        told = {error["path"] for error in answer.json["errors"]}
        assert (given, answer.status, told) == (given, 422, paths)
    assert ward.events("emergency_started") == []
    assert not ward.reading()[0]


def test_it_opens_one_patients_ordinary_record_to_one_person_for_reading_and_nothing_else(ward: Ward) -> None:
    asked = [(who, patient) for who in ("user:sue", "user:bea", "user:joe") for patient in ("p1", "p2")]
    before = {each: ward.everything(*each) for each in asked}
    started = ward.start().json
    after = {each: ward.everything(*each) for each in asked}
    was, becomes = before["user:sue", "p1"], after["user:sue", "p1"]
    changed = {question: told for question, told in becomes.items() if told != was[question]}
    assert sorted({question[:2] for question in changed}) == [(type, "read") for type in OPENED]
    assert set(changed.values()) == {(True, "emergency")}
    assert not any(allowed for question, (allowed, _) in becomes.items() if question[0] in SEALED)
    assert {each: after[each] for each in asked[1:]} == {each: before[each] for each in asked[1:]}
    [effect] = started["effects"]
    assert (effect["subject"], effect["lost"]) == ("user:sue", [])
    assert sorted({(one["resource"], one["action"]) for one in effect["gained"]}) == [(type, "read") for type in OPENED]


def test_an_answer_through_it_tells_that_it_must_be_reviewed_and_until_when_it_lasts(ward: Ward) -> None:
    until = ward.start(minutes=240).json["until"]
    body = {"practice": "northside", "subject": "user:sue", "action": "read", "resource": CHART}
    answer = ward.call("POST", "/v1/check", body, "service:charting").json
    [owed] = answer["obligations"]
    assert (owed["type"], datetime.fromisoformat(owed["until"])) == ("review_emergency", datetime.fromisoformat(until))
    assert datetime.fromisoformat(until) - ward.now == timedelta(hours=4)


@pytest.mark.parametrize("minutes", [1, 240])
def test_it_ends_by_itself_to_the_second(ward: Ward, minutes: int) -> None:
    started = ward.start(minutes=minutes).json
    began, until = ward.now, datetime.fromisoformat(started["until"])
    for moment, told in (
        (until - timedelta(seconds=1), (True, "emergency")),
        (until, (False, "emergency_available")),
        (until + timedelta(days=400), (False, "emergency_available")),
    ):
        ward.now = moment
        assert ward.reading() == told
    [listed] = ward.call("GET", GLASS).json["items"]
    assert (listed["id"], listed["open"], listed["ended_at"]) == (started["id"], False, None)
    assert until - began == timedelta(minutes=minutes)


@pytest.mark.parametrize("by", ["user:sue", "user:omar"])
def test_the_person_or_an_admin_ends_it_before_its_time_and_once(ward: Ward, by: str) -> None:
    id = ward.start().json["id"]
    assert ward.reading() == (True, "emergency")
    for other in ("user:bea", "user:lee", "user:joe", "user:rev"):
        assert ward.call("POST", f"{GLASS}/{id}/end", by=other).status == 403
    ward.now += timedelta(minutes=5)
    ended = ward.call("POST", f"{GLASS}/{id}/end", {"reason": "awake again"}, by)
    assert (ended.status, ended.json["open"], datetime.fromisoformat(ended.json["ended_at"])) == (200, False, ward.now)
    assert ward.reading() == (False, "emergency_available")
    again = ward.call("POST", f"{GLASS}/{id}/end", by=by)
    assert (again.status, again.json["revision"]) == (200, ended.json["revision"])
    [event] = ward.events("emergency_ended")
    assert (event["actor"], event["subject"], event["reason"], event["after"]) == (
        by,
        "user:sue",
        "awake again",
        {"id": id},
    )


@pytest.mark.parametrize("how", ["no longer listed", "let go"])
def test_who_loses_the_right_to_it_reads_no_more(ward: Ward, how: str) -> None:
    assert ward.start().status == 201
    assert ward.reading() == (True, "emergency")
    if how == "let go":
        assert ward.call("POST", f"{P}/users/sue/deactivate").status == 200
    else:
        assert ward.call("PATCH", f"{P}/users/sue/access", {"emergency_access": False}).status == 200
    assert not ward.reading()[0]


def test_each_start_and_each_decision_through_it_stands_in_the_audit(ward: Ward) -> None:
    id = ward.start(minutes=30).json["id"]
    [started] = ward.events("emergency_started")
    assert (started["actor"], started["subject"]) == ("user:sue", "user:sue")
    assert started["reason"] == "unconscious at the front desk"
    assert started["after"] == {"id": id, "patient": "p1", "minutes": 30}
    vitals = {"type": "vitals", "id": "v1", "attributes": {"patient": "p1"}}
    patient = {"type": "patient", "id": "p1"}
    assert ward.reading() == (True, "emergency")
    assert ward.reading(action="edit", resource=vitals)[0] is False
    assert ward.reading(resource=patient) == (True, "granted")
    checks = [{"action": "read", "resource": one} for one in (vitals, CHART, patient, vitals)]
    batch = {"practice": "northside", "subject": "user:sue", "checks": checks}
    ward.call("POST", "/v1/check/batch", batch, "service:charting")
    decided = ward.events("emergency_decision")
    assert [event["after"]["resource_id"] for event in decided] == ["n7", "v1", "n7", "v1"]
    assert {(event["actor"], event["subject"]) for event in decided} == {("service:charting", "user:sue")}
    assert {(event["after"]["patient"], event["after"]["action"]) for event in decided} == {("p1", "read")}
    assert ward.call("GET", f"{P}/audit/verify").json["intact"] is True


def test_it_is_reviewed_once_it_is_over_by_another_admin_and_once(ward: Ward) -> None:
    began = ward.now
    first = ward.start().json["id"]
    ward.now += timedelta(seconds=1)
    second = ward.start(by="user:ana", patient="p2", minutes=90).json["id"]
    early = ward.call("POST", f"{GLASS}/{first}/review")
    assert (early.status, early.code) == (409, "still_open")
    assert to_review(ward) == [first, second]
    ward.now += timedelta(minutes=90)
    for caller, status in {"sue": 403, "bea": 403, "lee": 403, "rev": 403, "op": 403, "sadm": 404}.items():
        assert (caller, ward.call("POST", f"{GLASS}/{first}/review", by=f"user:{caller}").status) == (caller, status)
    assert ward.call("POST", f"{GLASS}/{second}/review", by="user:ana").status == 403
    assert to_review(ward) == [first, second]
    body = {"reason": "the chart says why"}
    reviewed = ward.call("POST", f"{GLASS}/{first}/review", body, "user:ana").json
    assert (reviewed["reviewed_by"], datetime.fromisoformat(reviewed["reviewed_at"])) == ("user:ana", ward.now)
    assert to_review(ward) == [second]
    assert ward.call("POST", f"{GLASS}/{second}/review", body, "user:omar").status == 200
    assert to_review(ward) == []
    again = ward.call("POST", f"{GLASS}/{first}/review", body, "user:omar")
    assert (again.status, again.code) == (409, "already_reviewed")
    events = [(event["actor"], event["subject"], event["reason"]) for event in ward.events("emergency_reviewed")]
    assert events == [("user:ana", "user:sue", body["reason"]), ("user:omar", "user:ana", body["reason"])]
    [after, _] = [event["after"] for event in ward.events("emergency_reviewed")]
    assert (after["id"], datetime.fromisoformat(after["ended_at"])) == (first, began + timedelta(minutes=60))


def to_review(ward: Ward) -> list[str]:
    """The ids of those without a review, as the list tells them one by one."""
    found, cursor = [], ""
    while True:
        page = ward.call("GET", f"{GLASS}?to_review=true&limit=1{cursor}", by="user:omar").json
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
