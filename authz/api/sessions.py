"""Tokens of people: JWTs of the one configured issuer, verified with its published keys."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.request import HTTPRedirectHandler, build_opener

import jwt

from authz.core.errors import IssuerUnavailable, NotAuthenticated
from authz.core.names import BadName, Subject
from authz.settings import Settings

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
REQUIRED: Final = ("iss", "aud", "exp", "iat", "sub")
_LEEWAY_SECONDS: Final = 10
_TIMEOUT_SECONDS: Final = 3
_LONGEST_DOCUMENT: Final = 1_000_000
_REFUSED: Final = "the token is not good"
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Session:
    """Whom a token stands for, and since when that person has been signed in.

    `id` is the session's name at the issuer, or else the token's; empty if neither is told.
    """

    user: Subject
    since: datetime
    id: str = ""


class Issuer:
    """The issuer that the settings name; its keys are fetched when first needed, then remembered.

    An unknown key id makes it look for new keys, at most twice a minute, so that strangers cannot drive the issuer.
    """

    def __init__(self, settings: Settings) -> None:
        self._issuer, self._audience = settings.jwt_issuer, settings.jwt_audience
        self._jwks_url = settings.jwt_jwks_url
        self._keys: jwt.PyJWKClient | None = None
        self._lock = threading.Lock()

    def session(self, token: str) -> Session:
        """What the token says, once all of it is verified; raises NotAuthenticated or IssuerUnavailable."""
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": list(REQUIRED)},
            )
            return Session(Subject.user(claims["sub"]), _since(claims), _id(claims))
        except (jwt.PyJWTError, BadName, ValueError, TypeError, OverflowError, OSError, RecursionError) as error:
            raise NotAuthenticated(_REFUSED) from error

    def _key(self, key_id: object) -> jwt.PyJWK:
        if not isinstance(key_id, str):
            raise NotAuthenticated(_REFUSED)
        keys = self._published()
        try:
            keys.get_signing_keys()
        except (jwt.PyJWTError, ValueError, OSError) as error:
            raise IssuerUnavailable(f"no keys from `{keys.uri}`") from error
        try:
            return keys.get_signing_key(key_id)
        except jwt.PyJWKClientConnectionError as error:
            raise IssuerUnavailable(f"no keys from `{keys.uri}`") from error

    def _published(self) -> jwt.PyJWKClient:
        with self._lock:
            if self._keys is None:
                self._keys = jwt.PyJWKClient(self._jwks_url or self._discovered(), timeout=_TIMEOUT_SECONDS)
            return self._keys

    def _discovered(self) -> str:
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            with build_opener(_NoRedirects()).open(url, timeout=_TIMEOUT_SECONDS) as response:
                found = json.loads(response.read(_LONGEST_DOCUMENT))
            named, keys = str(found["issuer"]), str(found["jwks_uri"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise IssuerUnavailable(f"no discovery document at `{url}`: {error}") from error
        if named != self._issuer:
            raise IssuerUnavailable(f"the discovery document at `{url}` is of the issuer `{named}`")
        return keys


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _id(claims: dict[str, Any]) -> str:
    """What tells this session from others of the same person: it ends in the record, so that it is held to a form."""
    named = (claims.get("sid"), claims.get("jti"))
    return next((name for name in named if isinstance(name, str) and _ID.fullmatch(name)), "")


def _since(claims: dict[str, Any]) -> datetime:
    """When the person signed in; a refreshed token carries a new `iat`, so `auth_time` counts where it is given."""
    seconds = claims.get("auth_time", claims["iat"])
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise NotAuthenticated(_REFUSED)
    # One that is to begin later would outlive what ends all sessions from before.
    if seconds > time.time() + _LEEWAY_SECONDS:
        raise NotAuthenticated(_REFUSED)
    return datetime.fromtimestamp(seconds, UTC)
