"""How an asker can stand to a resource and to other people: the functions behind the named conditions."""

from __future__ import annotations

from authz.core.names import BadName, Subject
from authz.core.people import FREE_SEATS, Emergency
from authz.policies.vocabulary import Situation

PRACTITIONER = "practitioner"
ADMIN = "practice-admin"


def own(s: Situation) -> bool:
    """Every attribute given that says whose it is names the asker, and at least one is given."""
    attributes, asker, found = s.request.resource.attributes, str(s.request.subject), False
    for name in s.type.owned_by:
        value = attributes.get(name, "")
        if value and value != asker:
            return False
        found = found or bool(value)
    return found


def person_concerned(s: Situation) -> Subject | None:
    """Whom the resource is about; None if that is not said or cannot be a subject's name."""
    if s.type.concerns == "id":
        try:
            return Subject.user(s.request.resource.id.removeprefix("user:"))
        except BadName:
            return None
    value = s.attribute(s.type.concerns)
    return Subject.parse(value) if value else None


def oneself(s: Situation) -> bool:
    """The person concerned is the asker, a member here."""
    return s.asker is not None and person_concerned(s) == s.request.subject


def someone_else(s: Situation) -> bool:
    """The person concerned is a member here, or a service, and not the asker."""
    concerned = person_concerned(s)
    if concerned is None or concerned == s.request.subject:
        return False
    return concerned.kind == "service" or concerned in s.scene.memberships


def author_shares(s: Situation) -> bool:
    """The author, a member here past or present, lets others edit."""
    author = s.member("author")
    return author is not None and author.others_can_edit_my_charts


def cosigner(s: Situation) -> bool:
    """The asker, a practitioner, is the author's co-signer, or is named as the one who co-signed."""
    author, asker = s.member("author"), s.request.subject
    if author is None or PRACTITIONER not in s.roles:
        return False
    done_by = s.attribute("cosigned_by") if s.attribute("cosign") == "done" else ""
    named = done_by == str(asker) if done_by else author.cosigner is not None and author.cosigner == asker
    return named and author.user != asker


def could_be_cosigner(s: Situation) -> bool:
    """The asker is some member's co-signer here."""
    return s.request.subject in s.scene.cosigners


def provider(s: Situation) -> bool:
    """The asker's seat is a provider's."""
    return s.asker is not None and s.asker.seat == "provider"


def confirmed_seat(s: Situation) -> bool:
    """The asker's seat is free of charge, or confirmed."""
    return s.asker is not None and (s.asker.seat_confirmed or s.asker.seat in FREE_SEATS)


def staff(s: Situation) -> bool:
    """The asker is a member who is neither admin nor practitioner."""
    return s.asker is not None and not s.roles & {PRACTITIONER, ADMIN}


def practice_owner(s: Situation) -> bool:
    """The asker is the one owner of the practice."""
    return s.scene.settings.owner == s.request.subject


def report(s: Situation) -> str:
    """The report asked about, by the resource's id or its attribute; empty if they contradict each other."""
    named = {s.request.resource.id, s.attribute("report")} - {""}
    return named.pop() if len(named) == 1 else ""


def open_emergency(s: Situation) -> Emergency | None:
    """The asker's emergency access to this very patient that is open now and ends last."""
    patient = s.attribute("patient")
    if not patient or not s.scene.emergencies:
        return None
    mine = [e for e in s.scene.emergencies if e.user == s.request.subject and e.patient == patient and e.open_at(s.now)]
    return max(mine, key=lambda e: e.until, default=None)
