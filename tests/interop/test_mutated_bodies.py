"""Whatever is sent, the service answers it or says what is wrong with it, and never fails."""

from __future__ import annotations

import http.client
import json
import random
from collections import Counter
from contextlib import closing

import pytest

from tests.interop.conftest import Interop
from tests.interop.mutating import mutated
from tests.interop.test_rows import ENDPOINTS, SCENARIOS, Scenario, body_for

SOME, ALL = 2_000, 100_000


def whole(at: Scenario, endpoint: str, chance: random.Random) -> dict[str, object]:
    """A good body of an endpoint with all that it can hold."""
    body = {**body_for(at, endpoint), "context": {"explain": chance.random() < 0.3, "reason": "x"}}
    if endpoint == "evaluations":
        semantic = chance.choice(["execute_all", "deny_on_first_deny", "permit_on_first_permit"])
        body |= {"evaluations": [at.yes, at.no, {}], "options": {"evaluations_semantic": semantic}}
    elif endpoint.startswith("search"):
        body["page"] = {"limit": chance.randint(0, 3)}
    return body


def sent(interop: Interop, count: int, seed: int) -> Counter[tuple[str, int]]:
    """How often each endpoint gave which status to so many bodies; fails where an answer is none."""
    chance, seen = random.Random(seed), Counter[tuple[str, int]]()
    with closing(http.client.HTTPConnection(interop.server.host, interop.server.port, timeout=30)) as connection:
        for _ in range(count):
            at, endpoint = chance.choice(SCENARIOS), chance.choice(ENDPOINTS)
            body = mutated(whole(at, endpoint, chance), chance)
            headers = {
                "Authorization": f"Bearer {interop.keys[f'service:{at.practice}']}",
                "Content-Type": "application/json",
            }
            connection.request("POST", f"/practices/{at.practice}/access/v1/{endpoint}", body, headers)
            response = connection.getresponse()
            told = json.loads(response.read())
            assert response.status in (200, 400), (endpoint, body, response.status)
            if response.status == 400:
                assert told.keys() == {"error"}, (endpoint, body, told)
            elif endpoint.startswith("search"):
                assert isinstance(told["results"], list), (endpoint, body, told)
            else:
                decisions = told.get("evaluations", [told])
                assert all(type(one["decision"]) is bool for one in decisions), (endpoint, body, told)
            seen[endpoint, response.status] += 1
    return seen


@pytest.mark.parametrize("interop", ["sqlite"], indirect=True)
def test_thousands_of_bodies(interop: Interop) -> None:
    assert sent(interop, SOME, 1).keys() == {(endpoint, status) for endpoint in ENDPOINTS for status in (200, 400)}


@pytest.mark.soak
def test_a_hundred_thousand_bodies(interop: Interop) -> None:
    assert sum(sent(interop, ALL, 2).values()) == ALL
