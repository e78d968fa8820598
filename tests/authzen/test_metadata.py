"""Discovery: the rows M of the checklist for AuthZEN 1.0."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authz.settings import BadSettings, Settings
from tests.api.conftest import World
from tests.api.serving import Server, served
from tests.authzen.conftest import YES
from tests.authzen.test_evaluation import error_of

BASE = "https://authz.example/practices/northside"
INSERTED = "/.well-known/authzen-configuration/practices/northside"
APPENDED = "/practices/northside/.well-known/authzen-configuration"


@pytest.fixture(scope="module")
def key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@pytest.fixture(scope="module")
def known(world: World, key: EllipticCurvePrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has a public address and a key to sign with."""
    folder = tmp_path_factory.mktemp("known")
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    environment = {
        "AUTHZ_DATABASE_URL": world.url,
        "AUTHZ_PUBLIC_URL": "https://authz.example/",
        "AUTHZ_METADATA_KEY": str(folder / "key.pem"),
    }
    with served(folder, environment) as running:
        yield running


def test_M1_M2_M3_M15_anybody_finds_the_document_between_host_and_path(known: Server) -> None:
    answer = known.call("GET", INSERTED)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.body == known.call("GET", APPENDED).body == known.call("GET", INSERTED).body


def test_M4_M5_M6_M8_addresses_come_from_the_settings_and_nothing_is_empty(known: Server) -> None:
    strange = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    found = known.call("GET", INSERTED, headers=strange).json
    assert found.pop("signed_metadata")
    assert found["policy_decision_point"] == BASE
    assert found["access_evaluation_endpoint"] == f"{BASE}/access/v1/evaluation"
    assert found["access_evaluations_endpoint"] == f"{BASE}/access/v1/evaluations"
    assert all(value.startswith(BASE) and not urlsplit(value).query for value in found.values())
    assert "capabilities" not in found


def test_M5_M6_what_is_told_is_there(known: Server, world: World) -> None:
    found = known.call("GET", INSERTED).json
    token = world.tokens["service:charting"]
    for name in (name for name in found if name.endswith("_endpoint")):
        answer = known.call("POST", urlsplit(found[name]).path, YES, token=token)
        assert answer.status == 200, name


def test_M10_M11_M12_the_signed_form_says_the_same_and_who_signed(known: Server, key: EllipticCurvePrivateKey) -> None:
    found = known.call("GET", INSERTED).json
    signed = found.pop("signed_metadata")
    assert jwt.get_unverified_header(signed)["alg"] == "ES256"
    claims = jwt.decode(signed, key.public_key(), algorithms=["ES256"], issuer=BASE)
    assert claims.pop("iss") == BASE
    assert claims.pop("iat") > 0
    assert claims == found
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(signed, generate_private_key(SECP256R1()).public_key(), algorithms=["ES256"])


def test_M14_the_document_may_be_kept_for_a_while(known: Server) -> None:
    assert known.call("GET", INSERTED).headers["Cache-Control"] == "public, max-age=3600"


def test_M3_R2_failures_are_told_as_everywhere(known: Server, server: Server) -> None:
    for path in (INSERTED.replace("northside", "nowhere"), INSERTED.replace("northside", "No%20where")):
        error_of(known.call("GET", path), 404)
    error_of(known.call("POST", INSERTED, {}), 405)
    assert known.call("GET", INSERTED, headers={"X-Request-ID": "m-1"}).headers["X-Request-ID"] == "m-1"
    error_of(server.call("GET", INSERTED), 404)  # it has no public address
    error_of(known.call("GET", "/.well-known/authzen-configuration"), 401)


def test_a_key_that_does_not_do_stops_the_start(tmp_path: Path) -> None:
    for name, content in (("none", b"no key"), ("empty", b"")):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(BadSettings, match="AUTHZ_METADATA_KEY must be a private key"):
            Settings.from_environment({"AUTHZ_METADATA_KEY": str(file)})
    with pytest.raises(BadSettings, match="must be a file that is there"):
        Settings.from_environment({"AUTHZ_METADATA_KEY": str(tmp_path / "nowhere")})
