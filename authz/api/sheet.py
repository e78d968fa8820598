"""Access sheets as bodies and answers: the fields are those of `policies/switches.py`, one for each record there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from marshmallow.fields import Field

from authz.api.entered import Choice
from authz.api.fields import Body, Flag, Text
from authz.api.terms import NeededBody
from authz.core.people import AccessSheet
from authz.policies.switches import SWITCHES, Switch


def _field(switch: Switch) -> Field[Any]:
    described: dict[str, Any] = {"description": f"{switch.words}; default {switch.default}"}
    if switch.is_flag:
        return Flag(metadata=described)
    if switch.choices:
        return Choice(switch.choices, metadata=described)
    return Text(allow_none=switch.may_be_blank, metadata=described)


_FIELDS: dict[str, Any] = {switch.field: _field(switch) for switch in SWITCHES}
SheetBody = Body.from_dict({**_FIELDS}, name="SheetBody")
AccessBody = cast("type[NeededBody]", NeededBody.from_dict({**_FIELDS}, name="AccessBody"))


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
