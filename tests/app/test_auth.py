"""Tokens and callers. The walk over every route with every role is in `test_walk`."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from app.callers import ROLES, Caller, make_caller, mint_token, read_token
from app.refusals import UnauthenticatedError
from retrieval.access import Access
from retrieval.errors import RejectedError
from tests.app.conftest import SECRET, Api

NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)


@given(user=NAMES, groups=st.lists(NAMES, max_size=5), roles=st.lists(st.sampled_from(ROLES), max_size=3))
def test_a_token_says_who_it_was_minted_for(user: str, groups: list[str], roles: list[str]) -> None:
    caller = make_caller("acme", user, groups, roles)
    assert read_token(SECRET, mint_token(SECRET, caller)) == caller


def test_without_a_role_one_is_a_customer() -> None:
    assert make_caller("acme", "ann", [], []).roles == {"customer"}


def test_a_caller_holds_public_the_groups_and_the_own_name() -> None:
    access = make_caller("acme", "ann", ["finance"], []).access
    assert access == Access("acme", frozenset({"public", "finance", "user:ann"}))


def test_nobody_becomes_a_user_by_a_group_of_that_name() -> None:
    with pytest.raises(RejectedError, match="user:"):
        make_caller("acme", "ann", ["user:bob"], [])


@pytest.mark.parametrize("role", ["root", "Admin", ""])
def test_a_role_that_does_not_exist_is_refused(role: str) -> None:
    with pytest.raises(RejectedError, match="the roles are"):
        make_caller("acme", "ann", [], [role])


def test_a_token_that_ran_out_is_refused() -> None:
    token = mint_token(SECRET, make_caller("acme", "ann", [], []), lifetime_seconds=-60)
    with pytest.raises(UnauthenticatedError, match="run out"):
        read_token(SECRET, token)


def test_a_token_signed_with_another_secret_is_refused() -> None:
    with pytest.raises(UnauthenticatedError):
        read_token("another", mint_token(SECRET, make_caller("acme", "ann", [], [])))


def test_a_token_without_signature_is_refused() -> None:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, {"sub": "ann", "roles": ["admin"], "exp": 9e9})]
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
    with pytest.raises(UnauthenticatedError):
        read_token(SECRET, token)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "ann", "tenant": "acme"},
        {"sub": "ann", "exp": "tomorrow"},
        {"sub": 7, "exp": 9_999_999_999},
        {"sub": "ann", "groups": "finance", "exp": 9_999_999_999},
        {"sub": "ann", "groups": ["user:bob"], "exp": 9_999_999_999},
        {"sub": "ann", "roles": ["root"], "exp": 9_999_999_999},
        {"sub": "ann", "tenant": 'Acme" or true', "exp": 9_999_999_999},
    ],
)
def test_a_signed_token_with_claims_that_mean_nothing_is_refused(claims: dict[str, object]) -> None:
    from app.callers import _key

    key: OctKey = _key(SECRET)
    with pytest.raises(UnauthenticatedError):
        read_token(SECRET, jwt.encode({"alg": "HS256"}, claims, key))


@given(st.text(max_size=200))
def test_no_text_whatever_is_a_token(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        read_token(SECRET, text)


async def test_the_strongest_of_several_roles_counts(api: Api) -> None:
    token = mint_token(SECRET, Caller("default", "ann", frozenset(), frozenset({"customer", "editor"})))
    response = await api.client.get("/v1/dead-letters", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
