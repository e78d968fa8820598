"""Findings as SARIF 2.1.0, the form in which code review and security tools exchange them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from authz import __version__
from authz.reviewing.linting.findings import CHECKS, Check, Finding

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX: Final = {id: index for index, id in enumerate(CHECKS)}


def sarif(findings: Sequence[Finding]) -> dict[str, object]:
    """One run with every kind of finding there is, and these results in their order."""
    driver = {
        "name": "authz policy lint",
        "version": __version__,
        "rules": [_rule(check) for check in CHECKS.values()],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": [*map(_result, findings)]}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: Check) -> dict[str, object]:
    rule: dict[str, object] = {
        "id": check.id,
        "shortDescription": {"text": check.words},
        "defaultConfiguration": {"level": check.severity},
    }
    return {**rule, "help": {"text": check.hint}} if check.hint else rule


def _result(finding: Finding) -> dict[str, object]:
    return {
        "ruleId": finding.check,
        "ruleIndex": _INDEX[finding.check],
        "level": finding.severity,
        "message": {"text": f"{finding.message}; {finding.hint}" if finding.hint else finding.message},
        "locations": [_location(finding)],
    }


def _location(finding: Finding) -> Mapping[str, object]:
    """A line of a file, or what is stored, in words."""
    if not finding.line:
        name = f"{finding.source}: {finding.where}" if finding.where else finding.source
        return {"logicalLocations": [{"fullyQualifiedName": name}]}
    path = PurePosixPath(finding.source)
    uri = path.as_uri() if path.is_absolute() else quote(finding.source)
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": finding.line}}}
