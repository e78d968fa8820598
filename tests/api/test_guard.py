"""An endpoint that forgets to ask for authorization answers nobody."""

from __future__ import annotations

import json

from flask import Response

from authz.api.answers import answer
from authz.api.application import make_application
from authz.api.families import Family
from authz.api.rights import any_caller, anybody
from tests.api.conftest import World


def application_with(world: World, view: object, *, public: bool = False) -> tuple[int, dict[str, object]]:
    family = Family("forgetful", "For this test")
    path = "/docs/forgetful" if public else "/v1/forgetful"
    family.endpoint("GET", path, {"type": "object"}, public=public)(view)  # type: ignore[type-var]
    client = make_application(world.services, (family,)).test_client()
    response = client.get(path, headers={"Authorization": f"Bearer {world.tokens['user:op']}"})
    return response.status_code, json.loads(response.data)


def test_an_answer_that_nobody_authorized_does_not_leave(world: World) -> None:
    def forgetful() -> Response:
        return answer({"allowed": True, "secret": "yes"})

    status, body = application_with(world, forgetful)
    assert (status, body["code"]) == (500, "internal_error")
    assert not {"allowed", "secret"} & set(body)


def test_an_error_status_does_not_make_up_for_it(world: World) -> None:
    def forgetful() -> Response:
        return answer({"secret": "yes"}, 404)

    status, body = application_with(world, forgetful)
    assert (status, "secret" in body) == (500, False)


def test_a_public_path_does_not_make_up_for_it(world: World) -> None:
    def forgetful() -> Response:
        return answer({"secret": "yes"})

    status, body = application_with(world, forgetful, public=True)
    assert (status, "secret" in body) == (500, False)


def test_an_answer_that_says_for_whom_it_is_leaves(world: World) -> None:
    def for_callers() -> Response:
        any_caller()
        return answer({"said": "yes"})

    def for_all() -> Response:
        anybody()
        return answer({"said": "yes"})

    assert application_with(world, for_callers) == (200, {"said": "yes"})
    assert application_with(world, for_all, public=True) == (200, {"said": "yes"})
