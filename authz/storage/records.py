"""Accounts, memberships and the rest between their rows and the core's types, both ways."""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern
from typing import Any

import orjson
from sqlalchemy import RowMapping

from authz.core.changes import ApiKey
from authz.core.names import Practice, Subject
from authz.core.people import AccessRequest, Emergency, Membership, Person, PracticeSettings
from authz.core.registry import Registry

Values = dict[str, Any]


def settings_of(row: RowMapping) -> PracticeSettings:
    """A practice's settings."""
    supplied = {type: frozenset(names) for type, names in orjson.loads(row["supplied"]).items()}
    return PracticeSettings(
        Practice(row["id"]), row["name"], _subject(row["owner"]), row["blank_erx_level"], row["explain"], supplied
    )


def registry_of(row: RowMapping) -> Registry:
    """The state of a practice's registry."""
    return Registry(row["registry_at"], frozenset(orjson.loads(row["registered"])))


def settings_values(settings: PracticeSettings) -> Values:
    """The columns of a practice, its revision aside."""
    supplied = {type: sorted(names) for type, names in settings.supplied.items()}
    return {
        "name": settings.name,
        "owner": _text(settings.owner),
        "blank_erx_level": settings.blank_erx_level,
        "explain": settings.explain,
        "supplied": orjson.dumps(supplied, option=orjson.OPT_SORT_KEYS).decode(),
    }


def person_of(row: RowMapping, written: Iterable[str]) -> Person:
    """An account, with its addresses in their order."""
    email, *aliases = (*written,) or ("",)
    return Person(
        subject=Subject.parse(row["subject"]),
        name=row["name"],
        email=email,
        home=_practice(row["home"]),
        active=row["active"],
        sessions_from=row["sessions_from"],
        phone=row["phone"],
        aliases=tuple(aliases),
        reply_to=row["reply_to"],
    )


def person_values(person: Person) -> Values:
    """The columns of an account, its addresses aside."""
    return {
        "name": person.name,
        "home": _text(person.home),
        "active": person.active,
        "sessions_from": person.sessions_from,
        "phone": person.phone,
        "reply_to": person.reply_to,
    }


def membership_of(row: RowMapping) -> Membership:
    """A membership."""
    return Membership(
        user=Subject.parse(row["user"]),
        practice=Practice.of(row["practice"]),
        active=row["active"],
        seat=intern(row["seat"]),
        seat_confirmed=row["seat_confirmed"],
        supervisor=_subject(row["supervisor"]),
        cosigner=_subject(row["cosigner"]),
        others_can_edit_my_charts=row["others_can_edit_my_charts"],
        erx_enabled=row["erx_enabled"],
        sessions_from=row["sessions_from"],
    )


def membership_values(membership: Membership) -> Values:
    """The columns of a membership, its key aside."""
    return {
        "active": membership.active,
        "seat": membership.seat,
        "seat_confirmed": membership.seat_confirmed,
        "supervisor": _text(membership.supervisor),
        "cosigner": _text(membership.cosigner),
        "others_can_edit_my_charts": membership.others_can_edit_my_charts,
        "erx_enabled": membership.erx_enabled,
        "sessions_from": membership.sessions_from,
    }


def emergency_of(row: RowMapping) -> Emergency:
    """An emergency access."""
    return Emergency(
        id=row["id"],
        practice=Practice(row["practice"]),
        user=Subject.parse(row["user"]),
        patient=row["patient"],
        reason=row["reason"],
        started_at=row["started_at"],
        until=row["until"],
        ended_at=row["ended_at"],
        reviewed_by=_subject(row["reviewed_by"]),
        reviewed_at=row["reviewed_at"],
    )


def emergency_values(emergency: Emergency) -> Values:
    """The columns of an emergency access, its id aside."""
    return {
        "practice": emergency.practice.id,
        "user": str(emergency.user),
        "patient": emergency.patient,
        "reason": emergency.reason,
        "started_at": emergency.started_at,
        "until": emergency.until,
        "ended_at": emergency.ended_at,
        "reviewed_by": _text(emergency.reviewed_by),
        "reviewed_at": emergency.reviewed_at,
    }


def request_of(row: RowMapping) -> AccessRequest:
    """A request."""
    named = {"practice": Practice(row["practice"]), "user": Subject.parse(row["user"])}
    return AccessRequest(**{**row, **named})


def request_values(request: AccessRequest) -> Values:
    """The columns of a request, its id aside."""
    values = {name: getattr(request, name) for name in AccessRequest.__slots__ if name != "id"}
    return {**values, "practice": request.practice.id, "user": str(request.user)}


def key_of(row: RowMapping) -> ApiKey:
    """A caller's key."""
    return ApiKey(
        id=row["id"],
        subject=Subject.parse(row["subject"]),
        hash=row["hash"],
        label=row["label"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        practice=_practice(row["practice"]),
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


def key_values(key: ApiKey) -> Values:
    """The columns of a key, its id aside."""
    return {
        "subject": str(key.subject),
        "hash": key.hash,
        "label": key.label,
        "created_by": key.created_by,
        "created_at": key.created_at,
        "practice": _text(key.practice),
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _text(value: Subject | Practice | None) -> str | None:
    return None if value is None else str(value)


def _subject(value: str | None) -> Subject | None:
    return None if value is None else Subject.parse(value)


def _practice(value: str | None) -> Practice | None:
    return None if value is None else Practice.of(value)
