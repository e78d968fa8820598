"""HTTP: the table of contents of the endpoints, one line per family."""

from __future__ import annotations

from typing import Final

from flask import Flask

from authz.api import (
    access,
    access_review,
    analytics_roles,
    audit,
    decisions,
    documents,
    emergencies,
    explaining,
    grants,
    health,
    keys,
    permissions,
    policy,
    practices,
    record,
    registry,
    requests,
    roles,
    seats,
    staying,
    users,
    vocabulary,
)
from authz.api.application import make_application
from authz.api.authzen import evaluation, metadata, search
from authz.bootstrap import Services

FAMILIES: Final = (
    decisions.family,
    explaining.family,
    permissions.family,
    practices.family,
    users.family,
    access.family,
    staying.family,
    seats.family,
    roles.family,
    analytics_roles.family,
    grants.family,
    requests.family,
    emergencies.family,
    audit.family,
    access_review.family,
    policy.family,
    record.family,
    registry.family,
    keys.family,
    evaluation.family,
    search.family,
    metadata.family,
    vocabulary.family,
    health.family,
    documents.family,
)


def create_app(services: Services) -> Flask:
    """The application with every family of endpoints."""
    return make_application(services, FAMILIES)
