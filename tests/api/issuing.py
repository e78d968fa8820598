"""An OpenID Connect issuer on the loopback address: discovery, published keys, and tokens signed with them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "authz"
DISCOVERY = "/.well-known/openid-configuration"


class IssuerOnLoopback:
    """Signs tokens; `published` is what its keys' address answers with."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {
            "RS256": rsa.generate_private_key(65537, 2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        }
        self.published = json.dumps({"keys": [self._jwk(name, key.public_key()) for name, key in self.keys.items()]})
        self.url = ""

    def token(self, *, algorithm: str = "RS256", kid: str | None = None, key: Any = None, **claims: Any) -> str:
        """A good token for `sub`, but for the claims given; a claim that is None is left out."""
        now = int(time.time())
        full = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + 300, "sub": "lee"} | claims
        held = {name: value for name, value in full.items() if value is not None}
        signer = key if key is not None else self.keys[algorithm]
        return jwt.encode(held, signer, algorithm, headers={"kid": kid or algorithm})

    @staticmethod
    def _jwk(name: str, key: Any) -> dict[str, Any]:
        algorithms = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
        return {**json.loads(algorithms[name].to_jwk(key)), "kid": name, "use": "sig"}


@contextmanager
def issuing() -> Iterator[IssuerOnLoopback]:
    """An issuer that answers until the block ends."""
    issuer = IssuerOnLoopback()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            documents = {
                DISCOVERY: json.dumps({"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"}),
                "/keys": issuer.published,
            }
            body = documents.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing: the tests read their own output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
