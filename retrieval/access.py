"""The only place where an access filter is built.

Semantics: a caller reads a document of the own tenant when one of the document's readers is a principal of the
caller. Principals are `public`, each of the caller's groups, and `user:<name>`. The filter over the vector store
narrows; the ledger decides (`ingestion.ledger`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.errors import RejectedError

PUBLIC = "public"
_NAME = re.compile(r"[^\x00-\x1f\x7f\"\\]{1,200}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Access:
    """What a caller may read: one tenant, and the principals the caller holds there."""

    tenant: str
    principals: frozenset[str]

    @classmethod
    def of(cls, tenant: str, user: str = "", groups: Iterable[str] = ()) -> Access:
        """The access of `user` (may be "" for an anonymous visitor) with `groups` in `tenant`."""
        held = {PUBLIC, *(check_principal(group) for group in groups)}
        if user:
            held.add(check_principal(f"user:{user}"))
        return cls(check_slug("tenant", tenant), frozenset(held))


def check_slug(what: str, name: str) -> str:
    """`name` itself where it is lower-case letters, digits, `-`, `_`, at most 63 characters.

    Raises:
        RejectedError: it is not.
    """
    if not _SLUG.fullmatch(name):
        raise RejectedError(f"{what} {name!r}: use lower-case letters, digits, '-' and '_', at most 63 characters")
    return name


def check_principal(name: str) -> str:
    """`name` itself where it can be a reader: 1 to 200 characters, no control character, quote or backslash.

    Raises:
        RejectedError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise RejectedError(f"reader {name!r}: 1 to 200 characters without quotes, backslashes or control characters")
    return name


def access_filter(access: Access, sources: Iterable[str] = ()) -> str:
    """The Milvus expression for `access`, narrowed to `sources` when there are any."""
    principals = json.dumps(sorted(access.principals), ensure_ascii=False)
    expression = f'tenant == "{check_slug("tenant", access.tenant)}" and array_contains_any(readers, {principals})'
    wanted = [check_slug("source", source) for source in sources]
    return f"{expression} and source in {json.dumps(wanted)}" if wanted else expression
