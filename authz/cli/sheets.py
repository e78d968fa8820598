"""Switches as they are typed, `chart_notes=all`, read into an access sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

from authz.core.errors import FieldError, Invalid
from authz.core.people import AccessSheet
from authz.policies.switches import SWITCHES, Switch, default_sheet
from authz.policies.vocabulary import did_you_mean

_TRUTH = {"true": True, "false": False}
_BLANK = "blank"


def changed(sheet: AccessSheet | None, typed: Mapping[str, str]) -> AccessSheet:
    """`sheet` with the switches that were typed, or a new one; raises Invalid naming every bad switch."""
    given = read(typed)
    return default_sheet(**given) if sheet is None else replace(sheet, **given)  # type: ignore[arg-type]  # read above


def read(typed: Mapping[str, str]) -> dict[str, bool | str | None]:
    """The switches that were typed, with their values; raises Invalid naming every bad switch."""
    known = {switch.field: switch for switch in SWITCHES}
    errors: list[FieldError] = []
    given: dict[str, bool | str | None] = {}
    for field, text in typed.items():
        if field not in known:
            errors.append(FieldError(field, f"no such switch{did_you_mean(field, known)}"))
            continue
        try:
            given[field] = _value(known[field], text)
        except ValueError as error:
            errors.append(FieldError(field, str(error)))
    if errors:
        raise Invalid(errors)
    return given


def _value(switch: Switch, text: str) -> bool | str | None:
    if isinstance(getattr(AccessSheet(), switch.field), bool):
        if text not in _TRUTH:
            raise ValueError("must be true or false")
        return _TRUTH[text]
    if switch.field == "erx_level":
        if text == "none":
            # Everywhere else the word takes something away, and a blank level may be the fullest.
            raise ValueError(f"must be a level, or `{_BLANK}` for what the practice leaves a blank level at")
        return None if text == _BLANK else text
    if switch.choices and text not in switch.choices:
        raise ValueError(f"must be one of {', '.join(switch.choices)}{did_you_mean(text, switch.choices)}")
    return text


def as_json(sheet: AccessSheet) -> dict[str, object]:
    """A sheet as programs see it: every switch and its value."""
    return asdict(sheet)
