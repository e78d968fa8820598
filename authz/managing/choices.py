"""Roles of which one excludes the other: eRx levels, breadths of viewing, sets of reports."""

from __future__ import annotations

from authz.core.errors import Conflict
from authz.core.names import INSTALLATION, Subject
from authz.core.policy import Rule
from authz.managing.passage import Passage
from authz.policies.conditions import REPORT_PREFIX
from authz.policies.switches import ANALYTICS_ALL, CHART_NOTES, LEVEL_PREFIX


def refuse_several(passage: Passage) -> None:
    """Conflict `one_of_each` for who would hold two roles of one choice by what the change gives.

    Those are asked about who are given a role, and those who hold an analytics role that gains a report. Analytics
    roles are known by their kind, since one without reports today may have some tomorrow. What has expired excludes
    nothing.
    """
    here = passage.after.practice
    held: dict[Subject, set[str]] = {}
    for grant in passage.after.grants:
        if grant.practice == here and grant.in_force(passage.now):
            held.setdefault(grant.subject, set()).add(grant.role)
    grown = {rule.role for rule in set(passage.after.rules) - set(passage.before.rules) if of_reports(rule)}
    reading = {subject for subject, roles in held.items() if roles & grown}
    reports = passage.analytics | {rule.role for rule in passage.after.rules if of_reports(rule)} | {ANALYTICS_ALL}
    for subject in sorted(reading | {grant.subject for grant in passage.came()}):
        roles = held.get(subject, set())
        levels = {role for role in roles if role.startswith(LEVEL_PREFIX)}
        for several in (levels, roles & CHART_NOTES, roles & reports):
            if len(several) > 1:
                names = " and ".join(f"`{role}`" for role in sorted(several))
                raise Conflict("one_of_each", f"`{subject}` would hold {names}, of which one excludes the other")


def of_reports(rule: Rule) -> bool:
    """Whether this is a row of an analytics role: one report."""
    return rule.practice != INSTALLATION and any(name.startswith(REPORT_PREFIX) for name in rule.conditions)
