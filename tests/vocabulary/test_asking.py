"""Outside words become a Request, or an error that names every bad field."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.core.errors import Invalid
from authz.core.names import Practice
from authz.policies.asking import question

NORTH = Practice("northside")
NOTE = {"type": "chart_note", "id": "n1", "attributes": {"author": "user:ray", "state": "draft"}}


def errors_of(
    subject: Any = "user:lee", action: Any = "edit", resource: Any = NOTE, context: Any = None, path: str = ""
) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        question(NORTH, subject, action, resource, context, path)
    return {error.path: error.message for error in caught.value.errors}


def note(**attributes: Any) -> dict[str, Any]:
    return {"type": "chart_note", "id": "n1", "attributes": attributes}


def test_a_good_question_becomes_a_request_with_all_that_was_said() -> None:
    context = {"authenticated_at": "2026-11-23T08:00:00Z", "reason": "wrong patient", "epcs_2fa": True}
    request = question(NORTH, "user:lee", "edit", NOTE, context)
    assert (str(request.subject), request.action, request.resource.id) == ("user:lee", "edit", "n1")
    assert request.resource.attributes == {"author": "user:ray", "state": "draft"}
    assert request.context.authenticated_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert (request.context.reason, request.context.epcs_2fa) == ("wrong patient", True)


def test_id_attributes_and_context_may_be_left_out() -> None:
    request = question(NORTH, "service:charting", "list", {"type": "chart_note"})
    assert (request.resource.id, dict(request.resource.attributes), request.context.epcs_2fa) == ("", {}, False)


def test_all_bad_fields_are_named_at_once_each_led_by_the_path_given() -> None:
    bad = {"type": "chart_notes", "id": 7, "attributes": [], "colour": "red"}
    found = errors_of("lee", "", bad, {"epcs_2fa": "yes", "raeson": "x", "authenticated_at": "yesterday"}, "checks.3.")
    assert set(found) == {
        "checks.3.subject", "checks.3.action", "checks.3.resource.type", "checks.3.resource.id",
        "checks.3.resource.attributes", "checks.3.resource.colour", "checks.3.context.epcs_2fa",
        "checks.3.context.raeson", "checks.3.context.authenticated_at",
    }  # fmt: skip
    assert "did you mean `chart_note`?" in found["checks.3.resource.type"]
    assert "did you mean `reason`?" in found["checks.3.context.raeson"]


def test_a_misspelt_action_attribute_or_value_gets_a_suggestion() -> None:
    assert "did you mean `cosign`?" in errors_of(action="co-sign")["action"]
    assert "did you mean `author`?" in errors_of(resource=note(auther="user:ray"))["resource.attributes.auther"]
    assert "did you mean `signed`?" in errors_of(resource=note(state="sign"))["resource.attributes.state"]


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "lee",
        "user:",
        "practitioner",
        "role:practitioner",
        "user:a b",
        "user:a,b",
        7,
        None,
        True,
        [],
        {},
        "user:\x00",
        "user:" + "x" * 101,
    ],
)
def test_what_is_no_subject_is_refused(subject: Any) -> None:
    assert list(errors_of(subject=subject)) == ["subject"]


@pytest.mark.parametrize("value", ["", 7, None, True, ["user:ray"], {"id": "ray"}, math.nan, "ray", "practitioner"])
def test_an_author_that_is_no_subject_is_refused_rather_than_taken_as_missing(value: Any) -> None:
    assert list(errors_of(resource=note(author=value))) == ["resource.attributes.author"]


@pytest.mark.parametrize("moment", ["2026-11-23T08:00:00", "2026-13-01T00:00:00Z", "now", "", 1700000000, None, True])
def test_a_moment_without_an_offset_or_that_is_none_is_refused(moment: Any) -> None:
    assert list(errors_of(context={"authenticated_at": moment})) == ["context.authenticated_at"]


@pytest.mark.parametrize("value", ["true", 1, 0, None, "yes"])
def test_a_second_factor_is_shown_by_true_alone(value: Any) -> None:
    assert list(errors_of(context={"epcs_2fa": value})) == ["context.epcs_2fa"]


@pytest.mark.parametrize("text", ["a\x00b", "line\nbreak", "\x1b[31m", "\ud800", "x" * 201, ""])
def test_an_id_with_control_characters_or_of_absurd_length_is_refused(text: str) -> None:
    assert list(errors_of(resource={**NOTE, "id": text})) == ["resource.id"]


def test_a_reason_may_run_over_several_lines_and_be_empty_but_holds_no_other_control_characters() -> None:
    assert question(NORTH, "user:lee", "edit", NOTE, {"reason": "fell\r\n\tand hurt"}).context.reason
    assert question(NORTH, "user:lee", "edit", NOTE, {"reason": ""}).context.reason == ""
    assert list(errors_of(context={"reason": "a\x00b"})) == ["context.reason"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON, JSON, JSON)
def test_no_json_value_makes_taking_a_question_in_fail_otherwise_than_by_naming_fields(
    subject: Any, action: Any, resource: Any, context: Any
) -> None:
    try:
        question(NORTH, subject, action, resource, context)
    except Invalid as error:
        assert error.errors
        assert all(field.path and field.message for field in error.errors)
