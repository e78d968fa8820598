"""Analytics reports: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.reports import REPORTS
from authz.policies.vocabulary import Action, Attribute, resource_type

TYPE = resource_type(
    "analytics_report",
    "Analytics reports",
    [
        Action("list", "see which reports there are", narrows=True),
        Action("view", "look at a report"),
        Action("export", "take a report out"),
    ],
    [Attribute("report", "text", "the report's id, the same as the resource's")],
    catalogue=tuple(REPORTS),
    hidden=True,
)
