"""A private key of the operator's, read from a PEM file, with which metadata are signed."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384"}
_SHORTEST_RSA: Final = 2048
Private = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, the algorithm it signs with, and its id, which is made from its public half. Shown as its file's path."""

    path: Path
    id: str
    algorithm: str
    private: Private = field(compare=False, repr=False)

    def __str__(self) -> str:
        return str(self.path)


def signing_key(path: Path) -> SigningKey:
    """The key in this file; raises ValueError for one that is none, needs a password or signs too weakly."""
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, TypeError, ValueError) as error:
        raise ValueError("must be a private key in PEM, without a password") from error
    algorithm = ""
    if isinstance(private, EllipticCurvePrivateKey):
        algorithm = _CURVES.get(private.curve.name, "")
    elif isinstance(private, Ed25519PrivateKey):
        algorithm = "EdDSA"
    elif isinstance(private, RSAPrivateKey) and private.key_size >= _SHORTEST_RSA:
        algorithm = "RS256"
    if not algorithm or not isinstance(private, EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey):
        raise ValueError("must be a key of Ed25519, P-256, P-384 or RSA with 2048 bits or more")
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    id = urlsafe_b64encode(hashlib.sha256(public).digest()).rstrip(b"=").decode()
    return SigningKey(path, id, algorithm, private)
