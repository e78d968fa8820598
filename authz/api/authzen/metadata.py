"""GET /.well-known/authzen-configuration/practices/{practice}: where a practice's decision point answers what."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Final

import jwt
from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.authzen.family import METADATA_ANSWER, AuthzenFamily
from authz.api.rights import anybody
from authz.core.errors import NotFound
from authz.core.names import Practice
from authz.signing import SigningKey

family = AuthzenFamily("authzen-metadata", "AuthZEN: where a practice's decision point answers what")
WELL_KNOWN: Final = "/.well-known/authzen-configuration"
GOOD_FOR_SECONDS: Final = 3600
_ENDPOINTS: Final = {
    "access_evaluation_endpoint": "/access/v1/evaluation",
    "access_evaluations_endpoint": "/access/v1/evaluations",
    "search_subject_endpoint": "/access/v1/search/subject",
    "search_resource_endpoint": "/access/v1/search/resource",
    "search_action_endpoint": "/access/v1/search/action",
}


@family.told(f"{WELL_KNOWN}/practices/<practice>", METADATA_ANSWER)
def configuration(practice: Practice) -> Response:
    """Tells anybody where this practice's decision point answers

    The addresses come from `AUTHZ_PUBLIC_URL` and never from what a request says; without it there is no document.
    """
    return _document(practice)


@family.told(f"/practices/<practice>{WELL_KNOWN}", METADATA_ANSWER)
def configuration_appended(practice: Practice) -> Response:
    """The same, for clients that put the well-known address behind the practice's own"""
    return _document(practice)


def _document(practice: Practice) -> Response:
    anybody()
    found = services()
    if not found.settings.public_url:
        raise NotFound("configuration", practice.id)
    found.store.revision(practice)
    described = parameters(found.settings.public_url, practice)
    key = found.settings.metadata_key
    signed = {} if key is None else {"signed_metadata": _signed(key, practice, int(time.time()) // GOOD_FOR_SECONDS)}
    response = answer({**described, **signed})
    response.headers["Cache-Control"] = f"public, max-age={GOOD_FOR_SECONDS}"
    return response


def parameters(public_url: str, practice: Practice) -> dict[str, str]:
    """The metadata of a practice's decision point."""
    base = f"{public_url}/practices/{practice.id}"
    return {"policy_decision_point": base, **{name: base + path for name, path in _ENDPOINTS.items()}}


@lru_cache(maxsize=10_000)
def _signed(key: SigningKey, practice: Practice, hour: int) -> str:
    """The metadata signed anew each hour, so that the document is the same for as long as it may be kept."""
    described = parameters(services().settings.public_url, practice)
    claims = {"iss": described["policy_decision_point"], "iat": hour * GOOD_FOR_SECONDS, **described}
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.id})
