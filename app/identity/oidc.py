"""A client of one OpenID Connect provider, found by discovery (OpenID Connect Core 1.0, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from retrieval.errors import FreshetError, UnavailableError

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures only the provider can make; `none` and those by a shared secret are not among them."""
_LEEWAY_SECONDS = 60
_KNOWN_SECONDS = 3600.0
_SHORTEST_SECONDS = 30
_KEYS_AGAIN_SECONDS = 30.0


class SignInRefusedError(FreshetError):
    """Nobody is signed in; `code` tells the page why: refused, expired, deactivated or taken."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where the provider is, who we are to it, and what its groups mean here."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    groups_claim: str
    roles: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the provider said of somebody, until when that is good, and with what it can be asked again ("": not)."""

    claims: Mapping[str, Any]
    good_until: datetime
    refresh_token: str = field(repr=False)


class Provider:
    """Talks to the provider; what discovery and the key set said is kept for an hour."""

    def __init__(self, settings: ProviderSettings, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self._http = http
        self._metadata: tuple[float, dict[str, Any]] = (float("-inf"), {})
        self._keys: tuple[float, KeySet | None] = (float("-inf"), None)

    async def start_url(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser.

        Raises:
            UnavailableError: the provider does not answer.
        """
        metadata = await self._discover()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = str(metadata["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Vouched:
        """Exchange the code that the browser brought back.

        Raises:
            SignInRefusedError: the provider refuses it, or its ID token is not right.
            UnavailableError: the provider does not answer.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        tokens = await self._tokens({**form, "code_verifier": verifier})
        claims = await self._id_claims(tokens.get("id_token"), nonce)
        return await self._vouched(tokens, claims, str(claims["sub"]))

    async def renew(self, refresh_token: str, subject: str) -> Vouched:
        """Ask again about `subject`.

        Raises:
            SignInRefusedError: the provider does not vouch any more.
            UnavailableError: the provider does not answer.
        """
        tokens = await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})
        claims = await self._id_claims(tokens["id_token"], None) if tokens.get("id_token") else {}
        return await self._vouched({"refresh_token": refresh_token, **tokens}, claims, subject)

    async def _vouched(self, tokens: Mapping[str, Any], claims: Mapping[str, Any], subject: str) -> Vouched:
        """The claims of the ID token, with those that only the userinfo endpoint tells."""
        metadata = await self._discover()
        known = dict(claims)
        if metadata.get("userinfo_endpoint") and tokens.get("access_token"):
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            known = {**known, **await self._json("GET", str(metadata["userinfo_endpoint"]), headers=headers)}
        if known.get("sub") != subject:
            raise SignInRefusedError("refused", "the provider speaks of somebody else")
        now = time.time()
        ends = [claims["exp"]] if "exp" in claims else [now + _seconds(tokens.get("expires_in"))]
        good_until = datetime.fromtimestamp(max(min(ends), now + _SHORTEST_SECONDS), UTC)
        return Vouched(known, good_until, str(tokens.get("refresh_token") or ""))

    async def _tokens(self, form: dict[str, str]) -> dict[str, Any]:
        metadata = await self._discover()
        settings, headers = self.settings, {}
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not settings.client_secret:
            form["client_id"] = settings.client_id
        elif "client_secret_basic" in methods:
            pair = f"{quote(settings.client_id, safe='')}:{quote(settings.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        return await self._json("POST", str(metadata["token_endpoint"]), data=form, headers=headers)

    async def _id_claims(self, token: object, nonce: str | None) -> dict[str, Any]:
        """The claims of an ID token whose signature and audience are right (OpenID Connect Core, 3.1.3.7)."""
        if not isinstance(token, str):
            raise SignInRefusedError("refused", "the provider sent no ID token")
        claims = await self._decoded(token)
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        now, expires = time.time(), claims.get("exp")
        right = (
            claims.get("iss") == (await self._discover())["issuer"]
            and self.settings.client_id in audiences
            and claims.get("azp", self.settings.client_id) == self.settings.client_id
            and isinstance(claims.get("sub"), str)
            and bool(claims["sub"])
            and (nonce is None or claims.get("nonce") == nonce)
        )
        if not right:
            raise SignInRefusedError("refused", "the ID token is not for this sign-in")
        if not isinstance(expires, int | float) or expires + _LEEWAY_SECONDS < now:
            raise SignInRefusedError("expired", "the ID token has run out")
        return claims

    async def _decoded(self, token: str) -> dict[str, Any]:
        """Claims by the provider's keys; a key not seen before makes the keys be fetched again."""
        for again in (False, True):
            try:
                return jwt.decode(token, await self._key_set(again=again), algorithms=_ALGORITHMS).claims
            except (JoseError, ValueError):
                continue
        raise SignInRefusedError("refused", "the ID token is not signed by the provider")

    async def _key_set(self, *, again: bool) -> KeySet:
        fetched, keys = self._keys
        age = time.monotonic() - fetched
        if keys is None or age > (_KEYS_AGAIN_SECONDS if again else _KNOWN_SECONDS):
            found = await self._json("GET", str((await self._discover())["jwks_uri"]))
            keys = KeySet.import_key_set(found)  # type: ignore[arg-type]  # what is not a key set raises
            self._keys = (time.monotonic(), keys)
        return keys

    async def _discover(self) -> dict[str, Any]:
        fetched, known = self._metadata
        if time.monotonic() - fetched > _KNOWN_SECONDS:
            address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            known = await self._json("GET", address)
            if str(known.get("issuer", "")).rstrip("/") != self.settings.issuer.rstrip("/"):
                raise UnavailableError("sign-in provider", f"{address} tells of another issuer than OIDC_ISSUER")
            self._metadata = (time.monotonic(), known)
        return known

    async def _json(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            response = await self._http.request(method, address, **more)
            if response.is_client_error:
                raise SignInRefusedError("refused", f"the provider answered {response.status_code}")
            response.raise_for_status()
            found = response.json()
        except (httpx.HTTPError, ValueError) as error:
            told = f"{self.settings.label} does not answer as it should ({type(error).__name__})"
            raise UnavailableError("sign-in provider", told) from None
        if not isinstance(found, dict):
            raise UnavailableError("sign-in provider", f"{self.settings.label} does not answer with a JSON object")
        return found


def _challenge(verifier: str) -> str:
    """RFC 7636, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _seconds(given: object) -> float:
    return float(given) if isinstance(given, int | float) else 300.0
