"""Schemathesis against the contract: whatever is sent, no failure of the service, and every answer as documented."""

from __future__ import annotations

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

from tests.api.conftest import World
from tests.api.serving import Server

EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


OPERATIONS = [
    ("POST", "/v1/check"),
    ("POST", "/v1/check/batch"),
    ("GET", "/v1/practices/{practice}/users/{user}/permissions"),
    ("GET", "/v1/keys"),
    ("POST", "/v1/keys"),
    ("DELETE", "/v1/keys/{id}"),
]
WITHOUT_INPUT = [("GET", "/v1/vocabulary"), ("GET", "/healthz"), ("GET", "/readyz")]
TRIED = [
    *[(*operation, GenerationMode.POSITIVE) for operation in (*OPERATIONS, *WITHOUT_INPUT)],
    *[(*operation, GenerationMode.NEGATIVE) for operation in OPERATIONS],
]


@pytest.fixture(scope="module")
def contract(server: Server) -> Any:
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


def test_every_operation_of_the_contract_is_tried(contract: Any) -> None:
    found = [(o.ok().method.upper(), o.ok().path) for o in contract.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS + WITHOUT_INPUT)


@pytest.mark.parametrize(("method", "path", "mode"), TRIED)
def test_the_service_keeps_its_contract(
    contract: Any, world: World, method: str, path: str, mode: GenerationMode
) -> None:
    """Good requests and bad ones, by an operator who may do all of it."""
    authorization = {"Authorization": f"Bearer {world.tokens['user:op']}"}

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck]
    )
    @given(case=contract[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(headers=authorization, checks=CHECKS)

    ask()
