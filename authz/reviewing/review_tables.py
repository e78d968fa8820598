"""An access review as plain values, and as rows for a spreadsheet that no cell of it can take over."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from authz.core.errors import FieldError, Invalid
from authz.core.moments import told
from authz.core.names import INSTALLATION
from authz.core.policy import ALWAYS, Rule
from authz.policies import VOCABULARY
from authz.policies.conditions import condition_named, rank
from authz.policies.vocabulary import did_you_mean
from authz.reviewing.access_review import Changes, Holding, Review, SignOff
from authz.reviewing.differences import Difference
from authz.reviewing.people_differences import OnSome

COLUMNS: Final = ("subject", "name", "seat", "role", "everywhere", "state", "granted_by", "granted_at", "expires_at",
                  "last_used")  # fmt: skip
RULE_COLUMNS: Final = ("role", "resource", "action", "effect", "conditions", "words", "source")
MOST_SHOWN: Final = 100
# The wide ones begin formulas where such letters are typed.
_TAKES_OVER: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
Plain = dict[str, object]


def narrowed(review: Review, *, role: str = "", subject: str = "", resource: str = "") -> Review:
    """The part of a review that is about one role, one person, one type of resource, or several of these.

    A role that is named is told of although nobody holds it. Raises Invalid naming every word that nothing is called.
    """
    _refuse_unknown(review, role, subject, resource)
    holdings = [
        holding
        for holding in review.holdings
        if role in ("", holding.role) and subject in ("", str(holding.subject), holding.subject.id)
    ]
    held = {holding.role for holding in holdings}
    shown = {role: review.roles[role]} if role in review.roles else {} if role else review.rules
    rules = {
        name: [rule for rule in rules if resource in ("", rule.resource)]
        for name, rules in shown.items()
        if not subject or name in held
    }
    return replace(
        review,
        holdings=holdings,
        rules={name: rules for name, rules in rules.items() if rules},
        since=_narrowed_changes(review.since, subject, resource),
        only={name: word for name, word in (("role", role), ("user", subject), ("resource", resource)) if word},
    )


def _narrowed_changes(changes: Changes, subject: str, resource: str) -> Changes:
    def wanted(one: Difference | OnSome) -> bool:
        return subject in ("", one.holder, one.holder.partition(":")[2]) and resource in ("", one.resource)

    return replace(changes, people=[*filter(wanted, changes.people)], on_some=[*filter(wanted, changes.on_some)])


def _refuse_unknown(review: Review, role: str, subject: str, resource: str) -> None:
    """INVARIANT: a misspelt word never looks like a role that nobody holds, or somebody who holds nothing."""
    roles = {*review.roles, *(holding.role for holding in review.holdings)}
    subjects = {*map(str, review.subjects), *(one.id for one in review.subjects)}
    wrong = [
        FieldError(name, f"there is no {what} `{word[:MOST_SHOWN]}` here{did_you_mean(word, known)}")
        for name, what, word, known in (
            ("role", "role", role, roles),
            ("user", "member, past ones included, or holder of a role", subject, subjects),
            ("resource", "type of resource", resource, {*VOCABULARY.types}),
        )
        if word and word not in known
    ]
    if wrong:
        raise Invalid(wrong)


def as_plain(review: Review) -> Plain:
    """All of it for programs."""
    return {
        "practice": review.practice.id,
        "owner": str(review.owner) if review.owner else None,
        "revision": review.revision,
        "at": told(review.at),
        "holdings": [plain_holding(holding) for holding in review.holdings],
        "roles": [{"role": role, "permissions": [*map(plain_rule, rules)]} for role, rules in review.rules.items()],
        "last_review": plain_sign_off(review.last) if review.last else None,
        "changed_since": plain_changes(review.since),
    }


def plain_holding(holding: Holding) -> Plain:
    """One role that somebody holds."""
    return {
        "subject": str(holding.subject),
        "name": holding.name,
        "seat": holding.seat,
        "role": holding.role,
        "everywhere": holding.everywhere,
        "state": holding.state,
        "granted_by": holding.granted_by,
        "granted_at": told(holding.granted_at) if holding.granted_at else None,
        "expires_at": told(holding.expires_at) if holding.expires_at else None,
        "last_used": told(holding.last_used) if holding.last_used else None,
    }


def plain_rule(rule: Rule) -> Plain:
    """What one row allows or denies, with its conditions in words."""
    return {
        "resource": rule.resource,
        "action": rule.action,
        "conditions": list(rule.conditions),
        "effect": rule.effect,
        "words": words_of(rule),
        "source": rule.origin or ("" if rule.practice == INSTALLATION else f"practice:{rule.practice}"),
    }


def words_of(rule: Rule) -> str:
    """The conditions of a rule in words; `always` where it has none."""
    return _in_words(rule.conditions)


def _in_words(conditions: Iterable[str]) -> str:
    known = (condition_named(name) for name in conditions)
    return " and ".join(condition.words for condition in known if condition is not None) or "always"


def plain_sign_off(sign_off: SignOff) -> Plain:
    """Who signed, when, and what."""
    at = told(sign_off.at) if sign_off.at else None
    return {"revision": sign_off.revision, "by": sign_off.by, "at": at, "reason": sign_off.reason}


def plain_changes(changes: Changes) -> Plain:
    """Who has gained and lost what since the last sign-off."""
    found: Plain = {
        "people": [*map(_difference, changes.people), *map(_on_some, changes.on_some)],
    }
    if changes.untold:
        found["untold"] = changes.untold
    return found


def as_csv(holdings: Iterable[Holding]) -> str:
    """Who holds what, a line each under the names of the columns.

    A cell that a spreadsheet would take for a formula begins with an apostrophe, which it shows as text.
    """
    return _csv(COLUMNS, map(plain_holding, holdings))


def rules_as_csv(rules: Mapping[str, Sequence[Rule]]) -> str:
    """What each role allows or denies, a line each, with its conditions in words; formulas as in `as_csv`."""
    rows = (
        {"role": role, **plain_rule(rule), "conditions": rule.when} for role, listed in rules.items() for rule in listed
    )
    return _csv(RULE_COLUMNS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Plain]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return text.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_TAKES_OVER) else text


def _difference(one: Difference) -> Plain:
    sets = [sorted(facts, key=rank) for facts in one.conditions]
    return {
        "who": one.holder,
        "change": one.kind,
        "resource": one.resource,
        "action": one.action,
        "where": " or ".join("+".join(names) or ALWAYS for names in sets),
        "words": "; or ".join(map(_in_words, sets)),
    }


def _on_some(one: OnSome) -> Plain:
    names = () if one.condition == ALWAYS else one.condition.split("+")
    return {
        "who": one.holder,
        "change": one.kind,
        "resource": one.resource,
        "action": one.action,
        "where": f"{one.condition}, of {one.of}",
        "words": f"{_in_words(names)}, of {one.of}",
    }
