"""Who a visitor of a site is: a secret that the browser keeps, or a customer whom the site's server vouches for.

A browser's secret is never a name: the user is a digest of it and of the site, so nobody who reads a name in the inbox
can speak as that visitor, and one secret is another person on another site.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from app.callers import CUSTOMER, VISITOR, Caller, make_caller
from app.identity.sites import Site
from app.refusals import UnauthenticatedError
from retrieval.errors import RejectedError

LIFETIME_SECONDS = 30 * 60
LONGEST_VOUCHED_SECONDS = 24 * 3600
"""How far ahead a signature may expire, so that one that got out is of use for a day at most."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{22,64}")


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a site's server signed: the customer, groups, and until when (seconds since 1970) it may be shown."""

    user: str
    groups: Sequence[str]
    expires: int
    signature: str


def new_visitor() -> str:
    """A secret of 144 bits for a browser that has none."""
    return secrets.token_urlsafe(18)


def is_visitor(given: str) -> bool:
    """Whether a browser's secret has the shape of one of ours."""
    return _SECRET.fullmatch(given) is not None


def visitor_user(site: Site, visitor: str) -> str:
    """The user that `visitor` is on `site`: always the same one."""
    digest = hashlib.sha256(f"freshet visitor\0{site.tenant}\0{site.id}\0{visitor}".encode()).hexdigest()
    return VISITOR + digest[:24]


def signature_of(secret: str, user: str, groups: Sequence[str], expires: int) -> str:
    """HMAC-SHA256 in hexadecimal over user, groups with commas between, and expiry, a line each."""
    signed = f"{user}\n{','.join(groups)}\n{expires}"
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


def vouched_caller(site: Site, secret: str, given: Vouched, now: float) -> Caller:
    """The customer that the site's server vouches for.

    Raises:
        UnauthenticatedError: the signature is not by this site's secret, has expired, or expires too late.
        RejectedError: the user or a group cannot be one, or is none that a site may vouch for.
    """
    expected = signature_of(secret, given.user, given.groups, given.expires)
    if not hmac.compare_digest(expected.encode(), given.signature.lower().encode()):
        raise UnauthenticatedError("the signature of the identity is not valid")
    if given.expires <= now:
        raise UnauthenticatedError("the signed identity has expired")
    if given.expires > now + LONGEST_VOUCHED_SECONDS:
        raise UnauthenticatedError("the signed identity expires more than a day from now")
    if not given.user or given.user.startswith((VISITOR, "key:")):
        raise RejectedError(f"user {given.user[:100]!r}: a site cannot vouch for this name")
    if odd := [group for group in given.groups if "," in group or "\n" in group]:
        raise RejectedError(f"group {odd[0][:100]!r}: without commas and line ends")
    return make_caller(site.tenant, given.user, given.groups, (CUSTOMER,))


def anonymous_caller(site: Site, visitor: str) -> Caller:
    """A visitor whom nobody vouches for."""
    return make_caller(site.tenant, visitor_user(site, visitor), (), (CUSTOMER,))
