"""What administering a practice is about, one line per resource type: part of every policy pack."""

from __future__ import annotations

from typing import Final

from authz.policies import (
    access_request,
    access_review,
    analytics_report,
    analytics_role,
    audit_log,
    decision,
    deleted_data,
    emergency_access,
    grant,
    key,
    ownership,
    practice,
    practice_export,
    resource_registry,
    role,
    settings,
    subscription,
    user,
)

ADMINISTRATION: Final = (
    analytics_report.TYPE,
    analytics_role.TYPE,
    role.TYPE,
    grant.TYPE,
    user.TYPE,
    deleted_data.TYPE,
    settings.TYPE,
    subscription.TYPE,
    ownership.TYPE,
    practice_export.TYPE,
    audit_log.TYPE,
    access_review.TYPE,
    emergency_access.TYPE,
    access_request.TYPE,
    decision.TYPE,
    key.TYPE,
    practice.TYPE,
    resource_registry.TYPE,
)
# Of these nothing is stored, and nothing that this service itself says of them is ever ignored. People are another
# matter: a pack may have things stored of them.
SETTLED: Final = frozenset(type.name for type in ADMINISTRATION) - {user.TYPE.name}
