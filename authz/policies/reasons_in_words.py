"""The reason codes of decisions, said to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from authz.core.decision import Reason

IN_WORDS: Final[Mapping[Reason, str]] = {
    Reason.GRANTED: "a role that the subject holds permits it",
    Reason.EMERGENCY: "permitted by an open emergency access",
    Reason.NO_PERMISSION: "no role that the subject holds permits it",
    Reason.ONLY_AUTHOR: "only the author may do this",
    Reason.OWN_ONLY: "the subject may do this only with what is their own",
    Reason.NOT_COSIGNER: "only the author's co-signer may do this",
    Reason.WRONG_STATE: "the resource is not in a state that permits it",
    Reason.REASON_REQUIRED: "a reason must be given",
    Reason.INACTIVE: "the subject is deactivated",
    Reason.UNKNOWN_SUBJECT: "the subject is not known in this practice",
    Reason.SESSION_ENDED: "the subject's session began before sessions were ended",
    Reason.SEAT_MISSING: "the subject's seat does not permit it, or awaits confirmation",
    Reason.NOT_ENABLED: "the subject has not been enabled for electronic prescribing",
    Reason.NOT_FOUND: "there is no such thing for this subject",
    Reason.NOT_ONESELF: "nobody may do this to themselves",
    Reason.OWNER_ONLY: "only the practice's owner may do this",
    Reason.PRACTITIONER_ONLY: "only practitioners may do this",
    Reason.NAMED_PRESCRIBER_ONLY: "only the prescriber named on the prescription may do this",
    Reason.SECOND_FACTOR_REQUIRED: "a second factor is needed for this",
    Reason.EMERGENCY_AVAILABLE: "not permitted; the subject could invoke emergency access",
    Reason.FORBIDDEN: "a rule forbids it, whatever others permit",
    Reason.POLICY_DAMAGED: "a stored rule cannot be read, so nothing is permitted until it is mended",
}
