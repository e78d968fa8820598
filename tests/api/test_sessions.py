"""People's tokens: of the one issuer, for this service, unaltered, in time, and of somebody who may still come in."""

from __future__ import annotations

import base64
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authz.core.names import Subject
from tests.api.conftest import ACTOR, NORTHSIDE, World
from tests.api.issuing import AUDIENCE, IssuerOnLoopback
from tests.api.serving import Server, served

OWN = {
    "practice": "northside",
    "subject": "user:lee",
    "action": "create",
    "resource": {"type": "chart_note"},
}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_person_asks_with_a_token_of_the_issuer(server: Server, issuer: IssuerOnLoopback, algorithm: str) -> None:
    answer = server.call("POST", "/v1/check", OWN, token=issuer.token(algorithm=algorithm))
    assert (answer.status, answer.json["allowed"]) == (200, True)
    about_another = server.call("POST", "/v1/check", OWN | {"subject": "user:ray"}, token=issuer.token())
    assert about_another.status == 403


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-service"},
        {"aud": []},
        {"exp": NOW - 3600},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
        {"iss": None},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "a b"},
        {"sub": "user:lee"},
        {"sub": "nobody"},
        {"exp": "never"},
        {"auth_time": "yesterday"},
        {"auth_time": True},
        {"auth_time": 1e300},
        {"auth_time": NOW + 3600},
        {"auth_time": None, "iat": -(10**18)},
    ],
    ids="-".join,
)
def test_a_token_with_a_wrong_or_missing_claim_is_refused(
    server: Server, issuer: IssuerOnLoopback, claims: dict[str, Any]
) -> None:
    answer = server.call("GET", "/v1/vocabulary", token=issuer.token(**claims))
    assert (answer.status, answer.code) == (401, "not_authenticated")


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(issuer: IssuerOnLoopback, **header: object) -> str:
    good = issuer.token()
    return f"{encoded(json.dumps({'alg': 'none', 'typ': 'JWT', **header}).encode())}.{good.split('.')[1]}."


def test_a_token_that_proves_nothing_is_refused(server: Server, issuer: IssuerOnLoopback) -> None:
    good = issuer.token()
    head, claims, signature = good.split(".")
    stranger = rsa.generate_private_key(65537, 2048)
    public = issuer.keys["RS256"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hs256 = encoded(json.dumps({"alg": "HS256", "kid": "RS256"}).encode())
    signed = f"{hs256}.{claims}".encode()
    lees = json.loads(base64.urlsafe_b64decode(claims + "=="))
    sadms = encoded(json.dumps(lees | {"sub": "sadm"}).encode())
    deep = encoded(b"[" * 3000)
    refused = {
        "unsigned": unsigned(issuer),
        "unsigned with a key id": unsigned(issuer, kid="RS256"),
        "signed by a stranger": issuer.token(key=stranger),
        "signed by a stranger with an unknown key id": issuer.token(key=stranger, kid="other"),
        "signed with the public key as a secret": f"{hs256}.{claims}.{encoded(hmac.digest(public, signed, 'sha256'))}",
        "signed with another algorithm": issuer.token(algorithm="RS512", kid="RS256", key=issuer.keys["RS256"]),
        "algorithm and key that do not belong together": issuer.token(algorithm="ES256", kid="RS256"),
        "with other claims": f"{head}.{sadms}.{signature}",
        "without its signature": f"{head}.{claims}.",
        "with a head that nests": f"{deep}.{claims}.{signature}",
        "without a key id": jwt.encode(lees, issuer.keys["RS256"], "RS256"),
    }
    answers = {name: server.call("GET", "/v1/vocabulary", token=token).status for name, token in refused.items()}
    assert answers == dict.fromkeys(refused, 401)
    assert server.call("GET", "/v1/vocabulary", token=good).status == 200


def test_a_session_ends_when_the_person_is_deactivated_and_stays_ended(
    server: Server, world: World, issuer: IssuerOnLoopback
) -> None:
    memberships, joe = world.services.memberships, Subject.user("joe")
    old = issuer.token(sub="joe", iat=NOW - 60, auth_time=NOW - 60)
    refreshed = issuer.token(sub="joe", auth_time=NOW - 60)
    assert server.call("GET", "/v1/vocabulary", token=old).status == 200
    memberships.deactivate(ACTOR, NORTHSIDE, joe)
    assert server.call("GET", "/v1/vocabulary", token=old).status == 401
    memberships.reactivate(ACTOR, NORTHSIDE, joe)
    for token in (old, refreshed):
        assert server.call("GET", "/v1/vocabulary", token=token).status == 401
    later = int(datetime.now(UTC).timestamp()) + 2
    assert server.call("GET", "/v1/vocabulary", token=issuer.token(sub="joe", auth_time=later)).status == 200


def settings_for(world: World, issuer_url: str, **more: str) -> dict[str, str]:
    return {
        "AUTHZ_DATABASE_URL": world.url,
        "AUTHZ_JWT_ISSUER": issuer_url,
        "AUTHZ_JWT_AUDIENCE": AUDIENCE,
        **more,
    }


def test_an_issuer_that_cannot_be_reached_is_503_for_people_and_nothing_for_keys(
    world: World, issuer: IssuerOnLoopback, tmp_path: Path, charting: str
) -> None:
    with served(tmp_path, settings_for(world, "http://127.0.0.1:9")) as server:
        answer = server.call("GET", "/v1/vocabulary", token=issuer.token())
        assert (answer.status, answer.code) == (503, "issuer_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert server.call("GET", "/v1/vocabulary", token=charting).status == 200


def test_keys_are_taken_from_the_configured_address_where_there_is_one(
    world: World, issuer: IssuerOnLoopback, tmp_path: Path
) -> None:
    elsewhere = "http://127.0.0.1:9"
    with served(tmp_path, settings_for(world, elsewhere, AUTHZ_JWT_JWKS_URL=f"{issuer.url}/keys")) as server:
        assert server.call("GET", "/v1/vocabulary", token=issuer.token(iss=elsewhere)).status == 200
        assert server.call("GET", "/v1/vocabulary", token=issuer.token()).status == 401


def test_without_an_issuer_no_token_of_a_person_is_good(world: World, issuer: IssuerOnLoopback, tmp_path: Path) -> None:
    with served(tmp_path, {"AUTHZ_DATABASE_URL": world.url}) as server:
        assert server.call("GET", "/v1/vocabulary", token=issuer.token()).status == 401


@pytest.mark.parametrize(
    ("claims", "via"),
    [
        ({"sid": "s-1", "jti": "t-1"}, "session:s-1"),
        ({"jti": "t-1"}, "session:t-1"),
        ({"sid": "a\nb"}, "session"),
        ({"sid": "x" * 201}, "session"),
        ({}, "session"),
    ],
)
def test_the_record_says_through_which_session_something_was_done(
    server: Server, world: World, issuer: IssuerOnLoopback, claims: dict[str, Any], via: str
) -> None:
    token = issuer.token(sub="omar", **claims)
    path, before = "/v1/practices/northside", world.services.store.last_event(NORTHSIDE)
    name = f"Northside {before}"
    assert server.call("PATCH", path, {"name": name}, token=token).status == 200
    [event] = world.services.store.events(NORTHSIDE, before)
    assert (event.event.actor.subject, event.event.actor.via) == ("user:omar", via)
