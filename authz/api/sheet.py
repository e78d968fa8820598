"""Access sheets as bodies and answers: the fields are those of `policies/switches.py`, one for each record there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, cast

from flask import request
from marshmallow.fields import Field

from authz.api.auth import services
from authz.api.entered import Choice
from authz.api.fields import Body, Flag, Text
from authz.api.rights import need
from authz.api.terms import NeededBody
from authz.core.errors import AuthzError, FieldError, Invalid
from authz.core.names import Practice
from authz.core.people import AccessSheet
from authz.managing import sheets
from authz.managing.entries import Entries
from authz.policies.switches import SWITCHES, Switch


def _field(switch: Switch) -> Field[Any]:
    described: dict[str, Any] = {"description": f"{switch.words}; default {switch.default}"}
    if switch.is_flag:
        return Flag(metadata=described)
    if switch.choices:
        return Choice(switch.choices, metadata=described)
    return Text(allow_none=switch.may_be_blank, metadata=described)


def against_choices(raw: object, lead: str) -> tuple[FieldError, ...]:
    """What a practice has against the level and the reports of a sheet; nothing to whoever may not see its roles.

    Which ones there are is known to the practice alone, so that no schema can tell it with the rest of a bad body.
    """
    given = {field: raw[field] for field in _OPEN if isinstance(raw.get(field), str)} if isinstance(raw, dict) else {}
    if not given:
        return ()
    try:
        practice = Practice.parse((request.view_args or {})["practice"])
        need(practice, "analytics_role", "read")
        entries, store = Entries(), services().store
        analytics = sheets.analytics_ids(store.roles(practice))
        sheets.check_switches(entries, lead, given, store.snapshot(practice), analytics)
        entries.settle()
    except Invalid as invalid:
        return invalid.errors
    except AuthzError:
        return ()  # the body is refused all the same
    return ()


class _SheetGiven(NeededBody):
    """A write whose body is a sheet."""

    def further(self, raw: object) -> tuple[FieldError, ...]:
        """What the practice has against the level and the reports."""
        return against_choices(raw, "")


_OPEN: Final = tuple(switch.field for switch in SWITCHES if not switch.is_flag and not switch.choices)
_FIELDS: dict[str, Any] = {switch.field: _field(switch) for switch in SWITCHES}
SheetBody = Body.from_dict({**_FIELDS}, name="SheetBody")
AccessBody = cast("type[NeededBody]", _SheetGiven.from_dict({**_FIELDS}, name="AccessBody"))


def _documented(switch: Switch) -> dict[str, object]:
    if switch.is_flag:
        return {"type": "boolean"}
    if switch.choices:
        return {"enum": [*switch.choices]}
    return {"type": ["string", "null"] if switch.may_be_blank else "string"}


SHEET: Mapping[str, object] = {switch.field: _documented(switch) for switch in SWITCHES}


def given_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The switches that a body sets."""
    return {switch.field: body[switch.field] for switch in SWITCHES if switch.field in body}


def shown(sheet: AccessSheet) -> dict[str, object]:
    """A sheet as answers hold it: all of its fields."""
    return asdict(sheet)
