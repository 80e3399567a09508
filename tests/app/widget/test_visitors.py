"""Signed identity: every part of what is signed counts, and a site vouches for customers only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.identity.sites import Site
from app.refusals import UnauthenticatedError
from app.widget.visitors import Vouched, anonymous_caller, is_visitor, new_visitor, signature_of, vouched_caller
from retrieval.errors import RejectedError

SITE = Site("7" * 16, "default", "Shop", "pk_x", ["https://shop.example"])
NOW = 1_800_000_000.0
SOON = int(NOW) + 600


def vouch(user: str = "ann", groups: tuple[str, ...] = ("customer:7",), expires: int = SOON) -> Vouched:
    return Vouched(user, groups, expires, signature_of("secret", user, groups, expires))


def test_the_customer_is_who_was_signed_for() -> None:
    caller = vouched_caller(SITE, "secret", vouch(), NOW)
    assert (caller.tenant, caller.user, caller.groups, caller.roles) == (
        "default", "ann", frozenset({"customer:7"}), frozenset({"customer"}),
    )  # fmt: skip


def test_the_signature_is_the_one_that_the_guide_shows() -> None:
    shown = "d244d2973fe79a6460432be66c5643da58149173e88844fd91b13d08464d4186"
    assert signature_of("is_x", "anna", ["customer:7", "vip"], 1_800_000_000) == shown


@pytest.mark.parametrize(
    "forged",
    [
        replace(vouch(), user="bob"), replace(vouch(), groups=("customer:8",)), replace(vouch(), groups=()),
        replace(vouch(), expires=SOON + 1), replace(vouch(), signature="0" * 64), vouch(expires=int(NOW)),
        vouch(expires=int(NOW) + 25 * 3600),
    ],
)  # fmt: skip
def test_whatever_was_not_signed_so_or_not_for_now_is_refused(forged: Vouched) -> None:
    with pytest.raises(UnauthenticatedError):
        vouched_caller(SITE, "secret", forged, NOW)
    with pytest.raises(UnauthenticatedError):
        vouched_caller(SITE, "another secret", vouch(), NOW)


@pytest.mark.parametrize(
    "given", [vouch("visitor-1"), vouch("key:x"), vouch(groups=("user:bob",)), vouch(groups=("a,b",))]
)
def test_a_site_cannot_vouch_for_everybody(given: Vouched) -> None:
    with pytest.raises(RejectedError):
        vouched_caller(SITE, "secret", given, NOW)


def test_a_visitor_is_the_same_on_one_site_and_another_elsewhere_and_the_name_tells_no_secret() -> None:
    visitor = new_visitor()
    assert is_visitor(visitor)
    user = anonymous_caller(SITE, visitor).user
    assert user == anonymous_caller(SITE, visitor).user
    assert user != anonymous_caller(replace(SITE, id="8" * 16), visitor).user
    assert user.startswith("visitor-")
    assert visitor not in user
