"""A question put to the policy and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from authz.core.names import Practice, Subject

_NOTHING_SAID: Final[Mapping[str, str]] = MappingProxyType({})


class Reason(StrEnum):
    """Why an answer is what it is: a closed list that programs may switch on."""

    GRANTED = "granted"
    EMERGENCY = "emergency"
    NO_PERMISSION = "no_permission"
    ONLY_AUTHOR = "only_author"
    OWN_ONLY = "own_only"
    NOT_COSIGNER = "not_cosigner"
    WRONG_STATE = "wrong_state"
    REASON_REQUIRED = "reason_required"
    INACTIVE = "inactive"
    UNKNOWN_SUBJECT = "unknown_subject"
    SESSION_ENDED = "session_ended"
    SEAT_MISSING = "seat_missing"
    NOT_ENABLED = "not_enabled"
    NOT_FOUND = "not_found"
    NOT_ONESELF = "not_oneself"
    OWNER_ONLY = "owner_only"
    PRACTITIONER_ONLY = "practitioner_only"
    NAMED_PRESCRIBER_ONLY = "named_prescriber_only"
    SECOND_FACTOR_REQUIRED = "second_factor_required"
    EMERGENCY_AVAILABLE = "emergency_available"
    FORBIDDEN = "forbidden"
    POLICY_DAMAGED = "policy_damaged"


class Resource(NamedTuple):
    """What is asked about; `attributes` are those its type knows, already checked.

    A tuple, like the request, since one is made for each question and takes a third of the time of a frozen dataclass.
    """

    type: str
    id: str = ""
    attributes: Mapping[str, str] = _NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of a request, as the asking service states them."""

    authenticated_at: datetime | None = None
    reason: str = ""
    epcs_2fa: bool = False


class Request(NamedTuple):
    """May `subject` do `action` to `resource` in `practice`? Known to the vocabulary in all its parts."""

    practice: Practice
    subject: Subject
    action: str
    resource: Resource
    context: Context = Context()


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a yes demands of whoever acts on it; one that cannot honour it treats the answer as a no.

    `create_cosign_task` {assignee}, `restrict_to` {conditions | ids}, `record_disclosure` {},
    `review_emergency` {until}.
    """

    type: str
    details: Mapping[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, with the revision it was decided at; `detail` adds a phrase where the reason alone misleads."""

    allowed: bool
    reason: Reason
    revision: int
    obligations: tuple[Obligation, ...] = ()
    detail: str = ""
