"""An explanation as the plain values that programs get."""

from __future__ import annotations

from authz.core.decision import Decision
from authz.core.moments import told
from authz.core.policy import Rule
from authz.reviewing.explaining import Explanation, HeldRole, NearRule
from authz.reviewing.wording import in_sentences, one_suggestion

Plain = dict[str, object]


def as_plain(explanation: Explanation) -> Plain:
    """What the contract of `POST /v1/explain` says, and beside it `rules`, all about the action, and what has `ended`.

    `at` is the time it was so, and left out of what is so now: the same question then gets the same bytes.
    """
    decision = explanation.decision
    return {
        **_decision(decision),
        "roles": [_role(role) for role in explanation.roles],
        "rule": None if explanation.rule is None else _rule(explanation.rule),
        "conditions": dict(sorted(explanation.conditions.items())),
        "rules": [_near(near) for near in explanation.near],
        "would_allow": [
            {
                "change": one_suggestion(suggestion),
                "steps": [{"kind": step.kind, **step.about} for step in suggestion],
            }
            for suggestion in explanation.would_allow
        ],
        **({"ended": [_role(role) for role in explanation.ended]} if explanation.ended else {}),
        **({"at": told(explanation.at)} if explanation.past else {}),
        "text": in_sentences(explanation),
    }


def _decision(decision: Decision) -> Plain:
    found: Plain = {"allowed": decision.allowed, "reason": decision.reason.value, "revision": decision.revision}
    if decision.obligations:
        found["obligations"] = [{"type": o.type, **o.details} for o in decision.obligations]
    if decision.detail:
        found["detail"] = decision.detail
    return found


def _role(role: HeldRole) -> Plain:
    found: Plain = {
        "role": role.role,
        "granted_by": role.granted_by or None,
        "granted_at": told(role.granted_at) if role.granted_at else None,
    }
    if role.expires_at:
        found["expires_at"] = told(role.expires_at)
    if role.everywhere:
        found["everywhere"] = True
    return found


def _rule(rule: Rule) -> Plain:
    return {
        "role": rule.role,
        "practice": rule.practice.id,
        "resource": rule.resource,
        "action": rule.action,
        "conditions": rule.when,
        "effect": rule.effect,
        "source": rule.origin or None,
    }


def _near(near: NearRule) -> Plain:
    return {**_rule(near.rule), "role_held": near.held, "missing": list(near.missing)}
