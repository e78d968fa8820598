"""The closed list of named conditions, in the order in which a refusal names them; a policy pack's come last.

A condition that cannot be worked out, because an attribute is missing or nobody of that name is a
member here, does not hold. Practices never write expressions: they pick from this list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from authz.core.decision import Reason
from authz.core.policy import ALWAYS
from authz.policies import relations
from authz.policies.pack import PACK
from authz.policies.reports import REPORTS
from authz.policies.vocabulary import Condition, Situation

REPORT_PREFIX: Final = "report="


def _attribute_in(attribute: str, *values: str) -> Callable[[Situation], bool]:
    return lambda s: s.attribute(attribute) in values


def _always(_: Situation) -> bool:
    return True


_ALL: Final = (
    Condition(
        "own",
        "its author or owner is the asker",
        relations.own,
        Reason.OWN_ONLY,
        needs_owner=True,
        narrowing=_always,
    ),
    Condition("self", "the person concerned is the asker", relations.oneself, Reason.OWN_ONLY, needs_concerned=True),
    Condition(
        "someone_else",
        "the person concerned is a member here or a service, and not the asker",
        relations.someone_else,
        Reason.NOT_ONESELF,
        needs_concerned=True,
    ),
    Condition(
        "shared",
        "the author lets others edit, and the asker may read it",
        relations.author_shares,
        Reason.ONLY_AUTHOR,
        needs=("author",),
        with_view=True,
    ),
    Condition("viewable", "the asker may read it", _always, Reason.NO_PERMISSION, with_view=True),
    Condition(
        "cosigner",
        "the asker is the author's co-signer, or co-signed it",
        relations.cosigner,
        Reason.NOT_COSIGNER,
        needs=("author", "cosign"),
        narrowing=relations.could_be_cosigner,
    ),
    Condition(
        "named_prescriber",
        "the prescription names the asker as its prescriber",
        lambda s: s.attribute("named_prescriber") == str(s.request.subject),
        Reason.NAMED_PRESCRIBER_ONLY,
        needs=("named_prescriber",),
    ),
    Condition(
        "practitioner",
        "the asker is a practitioner here",
        lambda s: relations.PRACTITIONER in s.roles,
        Reason.PRACTITIONER_ONLY,
    ),
    Condition("staff", "the asker is neither admin nor practitioner", relations.staff, Reason.NO_PERMISSION),
    Condition("practice_owner", "the asker owns the practice", relations.practice_owner, Reason.OWNER_ONLY),
    Condition(
        "enabled",
        "the asker is enabled for eRx",
        lambda s: s.asker is not None and s.asker.erx_enabled,
        Reason.NOT_ENABLED,
    ),
    Condition("provider", "the asker has a provider's seat", relations.provider, Reason.SEAT_MISSING),
    Condition("confirmed_seat", "the asker's seat is confirmed", relations.confirmed_seat, Reason.SEAT_MISSING),
    Condition("draft", "it is a draft", _attribute_in("state", "draft"), Reason.WRONG_STATE, ("state",)),
    Condition("signed", "it is signed", _attribute_in("state", "signed"), Reason.WRONG_STATE, ("state",)),
    Condition("locked", "it is locked", _attribute_in("state", "locked"), Reason.WRONG_STATE, ("state",)),
    Condition(
        "finished",
        "it is signed or locked",
        _attribute_in("state", "signed", "locked"),
        Reason.WRONG_STATE,
        ("state",),
    ),
    Condition(
        "cosign_pending",
        "its co-signature is waited for",
        _attribute_in("cosign", "pending"),
        Reason.WRONG_STATE,
        ("cosign",),
    ),
    Condition(
        "cosign_asked",
        "its co-signature is waited for or given",
        _attribute_in("cosign", "pending", "done"),
        Reason.WRONG_STATE,
        ("cosign",),
    ),
    Condition(
        "claim_open",
        "the claim is neither paid nor closed",
        _attribute_in("state", "draft", "submitted"),
        Reason.WRONG_STATE,
        ("state",),
        only_for="claim",
    ),
    Condition(
        "claim_not_submitted",
        "no claim on it is submitted",
        _attribute_in("claim_state", "none", "draft", "paid", "closed"),
        Reason.WRONG_STATE,
        ("claim_state",),
    ),
    Condition(
        "ordinary_task",
        "it is no co-sign task",
        _attribute_in("cosign", "", "none"),
        Reason.OWN_ONLY,
        ("cosign",),
        only_for="task",
    ),
    Condition(
        "reports_area",
        "it is about reports",
        _attribute_in("area", "reports"),
        Reason.NO_PERMISSION,
        ("area",),
    ),
    Condition(
        "for_enablement",
        "it asks for an eRx enablement",
        _attribute_in("kind", "erx_enablement"),
        Reason.NO_PERMISSION,
        ("kind",),
        only_for="access_request",
    ),
    Condition(
        "for_seat",
        "it asks for a paid seat",
        _attribute_in("kind", "paid_seat"),
        Reason.NO_PERMISSION,
        ("kind",),
        only_for="access_request",
    ),
    Condition(
        "patient_named", "a patient is named", lambda s: bool(s.attribute("patient")), Reason.NOT_FOUND, ("patient",)
    ),
    Condition(
        "second_factor",
        "the asker has just shown a second factor",
        lambda s: s.request.context.epcs_2fa,
        Reason.SECOND_FACTOR_REQUIRED,
    ),
    Condition(
        "reason_given",
        "a reason is given",
        lambda s: bool(s.request.context.reason.strip()),
        Reason.REASON_REQUIRED,
    ),
    Condition(
        "known_report",
        "the report is in the catalogue",
        lambda s: relations.report(s) in REPORTS,
        Reason.NOT_FOUND,
        only_for="analytics_report",
    ),
    Condition(
        "names",
        "only ids and names are shown",
        lambda s: False,
        Reason.NO_PERMISSION,
        narrowing=_always,
        only_for="user",
    ),
    Condition(
        "emergency",
        "the asker has an emergency access to this patient",
        lambda s: relations.open_emergency(s) is not None,
        Reason.EMERGENCY_AVAILABLE,
        needs=("patient",),
    ),
)

SHIPPED: Final = frozenset({ALWAYS, *(condition.name for condition in _ALL)})
# INVARIANT: a pack redefines no condition of ours: the guards of administration are among them.
_HERE: Final = (*_ALL, *(one for one in (PACK.conditions if PACK else ()) if one.name not in SHIPPED))
CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType({condition.name: condition for condition in _HERE})
_RANKS: Final[Mapping[str, int]] = MappingProxyType({condition.name: rank for rank, condition in enumerate(_HERE)})


@cache
def _for_report(report: str) -> Condition:
    return Condition(
        f"{REPORT_PREFIX}{report}",
        f"the report is {REPORTS[report]}",
        lambda s: relations.report(s) == report,
        Reason.NOT_FOUND,
        narrowing=_always,
        only_for="analytics_report",
    )


def condition_named(name: str) -> Condition | None:
    """The condition of this name, `report=<id>` for each report of the catalogue included; None if unknown."""
    if name.startswith(REPORT_PREFIX):
        report = name.removeprefix(REPORT_PREFIX)
        return _for_report(report) if report in REPORTS else None
    return CONDITIONS.get(name)


def rank(name: str) -> int:
    """The place of a condition in the order in which refusals name what was missing."""
    return _RANKS.get(name, len(_RANKS))
