"""Schemathesis against the contract: whatever is sent, no failure of the service, and every answer as documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import World, made_world
from tests.api.routes import calls
from tests.api.serving import Server, served

EXAMPLES = 15
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


NAMES = {"practice": "northside", "user": "ray", "subject": "user:ray", "role": "front-desk-lead"}
IDS = {"key": "k1", "request": "r1", "emergency": "e1", "open_emergency": "e2"}
WITHOUT_INPUT = [("GET", "/v1/vocabulary"), ("GET", "/healthz"), ("GET", "/readyz")]
AUTHZEN = [
    ("POST", "/practices/{practice}/access/v1/evaluation"),
    ("POST", "/practices/{practice}/access/v1/evaluations"),
    ("POST", "/practices/{practice}/access/v1/search/subject"),
    ("POST", "/practices/{practice}/access/v1/search/resource"),
    ("POST", "/practices/{practice}/access/v1/search/action"),
    ("GET", "/.well-known/authzen-configuration/practices/{practice}"),
    ("GET", "/practices/{practice}/.well-known/authzen-configuration"),
]
OPERATIONS = sorted({*((call.method, call.route) for call in calls(IDS)), *AUTHZEN} - set(WITHOUT_INPUT))
TRIED = [
    *[(*operation, GenerationMode.POSITIVE) for operation in (*OPERATIONS, *WITHOUT_INPUT)],
    *[(*operation, GenerationMode.NEGATIVE) for operation in OPERATIONS],
]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    """A world of its own: what is sent here changes it."""
    folder = tmp_path_factory.mktemp("contract")
    with made_world(folder) as world, served(folder, {"AUTHZ_DATABASE_URL": world.url, "AUTHZ_WORKERS": "1"}) as server:
        yield world, server


@pytest.fixture(scope="module")
def contract(apart: tuple[World, Server]) -> Any:
    return schemathesis.openapi.from_url(f"{apart[1].url}/openapi.json")


def test_every_operation_of_the_contract_is_tried(contract: Any) -> None:
    found = [(o.ok().method.upper(), o.ok().path) for o in contract.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS + WITHOUT_INPUT)


@pytest.mark.parametrize(("method", "path", "mode"), TRIED)
def test_the_service_keeps_its_contract(
    contract: Any, apart: tuple[World, Server], method: str, path: str, mode: GenerationMode
) -> None:
    """Good requests and bad ones about a practice and people that are there, by an operator."""
    authorization = {"Authorization": f"Bearer {apart[0].tokens['user:op']}"}

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck]
    )
    @given(case=contract[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters |= {name: NAMES[name] for name in case.path_parameters if name in NAMES}
        case.call_and_validate(headers=authorization, checks=CHECKS)

    ask()
