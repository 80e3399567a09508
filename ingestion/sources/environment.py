"""`${NAME}` in addresses and paths: kept as written in storage, resolved by who applies the contract."""

from __future__ import annotations

import re
from collections.abc import Mapping

from retrieval.errors import RejectedError

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def references(text: str) -> tuple[str, ...]:
    """The names that `text` refers to, each once, in order."""
    return tuple(dict.fromkeys(_REFERENCE.findall(text)))


def resolve(text: str, environment: Mapping[str, str]) -> str:
    """`text` with each `${NAME}` replaced by its value.

    Raises:
        RejectedError: a name has no value; all of them are named.
    """
    missing = [name for name in references(text) if name not in environment]
    if missing:
        names = ", ".join(missing)
        raise RejectedError(f"the environment of Freshet has no value for {names}: set it and start Freshet again")
    return _REFERENCE.sub(lambda found: environment[found.group(1)], text)
