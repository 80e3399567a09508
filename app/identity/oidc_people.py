"""Accounts of people for whom a provider vouches: made at their first sign-in, brought up to date at every one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from app.callers import EMPLOYEE, make_caller
from app.identity.groups import deleted_among
from app.identity.names import one_line, user_name
from app.identity.oidc import ProviderSettings, SignInRefusedError
from app.identity.users import User, add_user, change_user, lock_people, user_of_subject
from app.refusals import ConflictError
from retrieval.access import PUBLIC
from retrieval.errors import RejectedError

_NOT_IN_NAMES = re.compile(r"[^\w.@+-]+")
_MOST_GROUPS = 256


def person_of(tenant: str, settings: ProviderSettings, claims: Mapping[str, Any]) -> User:
    """The account that `claims` speak of: everybody is an employee, and what groups mean comes on top."""
    given = next(text for text in _texts(claims, "preferred_username", "email", "sub"))
    groups = groups_of(tenant, claims.get(settings.groups_claim))
    roles = {EMPLOYEE, *(role for group in groups for role in settings.roles.get(group, ()))}
    return User(
        tenant=tenant,
        name=user_name(_NOT_IN_NAMES.sub("-", given)[:100].strip("-")),
        display_name=one_line((*_texts(claims, "name"), given)[0][:200], "name"),
        email=one_line((*_texts(claims, "email"), "")[0][:200], "email"),
        roles=sorted(make_caller(tenant, "", (), roles).roles),
        groups=groups,
        origin=settings.name,
        subject=str(claims["sub"]),
    )


def groups_of(tenant: str, claim: object) -> list[str]:
    """The groups in a claim (a list, or one name); what cannot be a group here is left out."""
    found: list[str] = []
    for name in claim if isinstance(claim, list) else [claim]:
        try:
            found += (
                make_caller(tenant, "", (str(name),), ()).groups if isinstance(name, str) and name != PUBLIC else ()
            )
        except RejectedError:
            continue
    return sorted(set(found))[:_MOST_GROUPS]


def bring_up_to_date(connection: Connection, person: User) -> tuple[User, dict[str, Any]]:
    """Make or change the account; its name stays that of the first time. Also what of it changed.

    Raises:
        SignInRefusedError: it was deactivated here, or somebody else has the name.
    """
    lock_people(connection, person.tenant)
    gone = deleted_among(connection, person.tenant, person.groups)
    wanted = {
        "display_name": person.display_name,
        "email": person.email,
        "roles": list(person.roles),
        "groups": [group for group in person.groups if group not in gone],
    }
    standing = user_of_subject(connection, person.tenant, person.origin, person.subject)
    if standing is None:
        _add(connection, person, wanted["groups"])
        return person, wanted
    if not standing.active:
        raise SignInRefusedError("deactivated", "this account was deactivated")
    changed = {name: value for name, value in wanted.items() if getattr(standing, name) != value}
    if changed:
        change_user(connection, standing, dict(changed))
    return standing, changed


def _add(connection: Connection, person: User, groups: Sequence[str]) -> None:
    known = {name: getattr(person, name) for name in User.__slots__}
    try:
        add_user(connection, User(**{**known, "groups": groups}))
    except ConflictError:
        raise SignInRefusedError("taken", f"another account has the name {person.name!r}") from None


def _texts(claims: Mapping[str, Any], *names: str) -> list[str]:
    return [claims[name] for name in names if isinstance(claims.get(name), str) and claims[name].strip()]
