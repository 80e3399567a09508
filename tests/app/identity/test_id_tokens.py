"""ID tokens that must not be believed, against a provider whose answers the test makes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from app.identity.oidc import Provider, ProviderSettings, SignInRefusedError, Vouched
from retrieval.errors import UnavailableError

Key = OctKey | RSAKey | ECKey | OKPKey

ISSUER = "https://login.example"
KEYS = [RSAKey.generate_key(2048, {"kid": f"k{number}"}, private=True) for number in range(2)]
SETTINGS = ProviderSettings("sso", "SSO", ISSUER, "freshet", "secret", "openid", "groups", {})


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    right = {"iss": ISSUER, "aud": "freshet", "sub": "u1", "nonce": "n", "iat": now, "exp": now + 300}
    return {name: value for name, value in {**right, **changed}.items() if value is not None}


def signed(header: Mapping[str, str] | None = None, key: Any = None, **changed: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "k0", **(header or {})}, claims(**changed), key or KEYS[0])


class Answers:
    """What the provider answers; every part can be replaced."""

    def __init__(self, token: str) -> None:
        self.tokens: dict[str, Any] = {"id_token": token, "access_token": "a", "expires_in": 60}
        self.keys: list[Key] = [KEYS[0]]
        self.userinfo: dict[str, Any] = {"sub": "u1", "groups": ["staff"]}
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
        }
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        found: Any = {
            "/.well-known/openid-configuration": self.metadata,
            "/token": self.tokens,
            "/keys": KeySet(self.keys).as_dict(private=False),
            "/userinfo": self.userinfo,
        }[request.url.path]
        return httpx.Response(200, content=orjson.dumps(found))

    async def redeem(self, provider: Provider | None = None) -> Vouched:
        known = provider or self.provider()
        return await known.redeem("code", "https://here/callback", "n", "verifier")

    def provider(self, settings: ProviderSettings = SETTINGS) -> Provider:
        return Provider(settings, httpx.AsyncClient(transport=httpx.MockTransport(self)))


async def test_a_right_token_tells_who_it_is_and_userinfo_the_rest() -> None:
    answers = Answers(signed())
    vouched = await answers.redeem()
    assert (vouched.claims["sub"], vouched.claims["groups"]) == ("u1", ["staff"])
    form = answers.asked[1].content.decode()
    assert "code_verifier=verifier" in form
    assert "secret" not in form
    assert answers.asked[1].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "token",
    [
        lambda: signed(iss="https://evil.example"),
        lambda: signed(aud="another"),
        lambda: signed(aud=["another", "third"]),
        lambda: signed(aud=["another", "freshet"], azp="another"),
        lambda: signed(nonce="another"),
        lambda: signed(nonce=None),
        lambda: signed(sub=None),
        lambda: signed(sub=""),
        lambda: signed(exp=None),
        lambda: signed(exp=int(time.time()) - 600),
        lambda: signed(exp="tomorrow"),
        lambda: signed(key=KEYS[1]),
        lambda: signed({"alg": "HS256"}, OctKey.import_key("a secret that both sides know")),
        lambda: signed() + "x",
        lambda: "not.a.token",
        lambda: "",
        lambda: None,
        lambda: "eyJhbGciOiJub25lIn0." + signed().split(".")[1] + ".",
    ],
)  # fmt: skip
async def test_a_token_that_is_not_for_this_sign_in_is_refused(token: Callable[[], str]) -> None:
    with pytest.raises(SignInRefusedError):
        await Answers(token()).redeem()


async def test_userinfo_about_somebody_else_is_refused() -> None:
    answers = Answers(signed())
    answers.userinfo = {"sub": "u2", "groups": ["board"]}
    with pytest.raises(SignInRefusedError, match="somebody else"):
        await answers.redeem()


async def test_a_new_key_of_the_provider_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(signed())
    provider = answers.provider()
    await answers.redeem(provider)
    answers.tokens["id_token"] = signed({"kid": "k1"}, KEYS[1])
    answers.keys = [KEYS[1]]
    monkeypatch.setattr("app.identity.oidc._KEYS_AGAIN_SECONDS", 0.0)
    assert (await answers.redeem(provider)).claims["sub"] == "u1"


async def test_metadata_of_another_issuer_is_refused() -> None:
    answers = Answers(signed())
    answers.metadata["issuer"] = "https://evil.example"
    with pytest.raises(UnavailableError, match="another issuer"):
        await answers.redeem()


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there() -> None:
    answers = Answers(signed())
    answers.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await answers.redeem()
    assert "client_secret=secret" in answers.asked[1].content.decode()
    assert "authorization" not in answers.asked[1].headers


async def test_renewing_asks_about_the_same_person() -> None:
    answers = Answers("")
    answers.tokens = {"access_token": "b", "expires_in": 600}
    vouched = await answers.provider().renew("r", "u1")
    assert (vouched.claims["groups"], vouched.refresh_token) == (["staff"], "r")
    with pytest.raises(SignInRefusedError):
        await answers.provider().renew("r", "u2")
