"""Passwords in contracts: never shown again once they were written, and put back where a contract comes without."""

from __future__ import annotations

import re

from retrieval.errors import RejectedError

HIDDEN = "•••••"
_CREDENTIALS = re.compile(r"(?P<user>://[^\s:/@\"']*:)(?P<password>\S+)(?P<place>@[^\s@/?\"']*)")
"""A password may hold any sign but white space: it ends at the last @."""
_VARIABLE = re.compile(r"(?:\$\{\w+\})+")


def hidden(contract: str) -> str:
    """The contract as it is shown: dots for each password that is not a variable of the environment."""
    return _CREDENTIALS.sub(_without_password, contract)


def restored(contract: str, stored: str) -> str:
    """The contract with the `stored` one's passwords in the places of the dots, for the same user at the same place.

    Raises:
        RejectedError: the stored contract knows no password for one of them.
    """
    known = {(one["user"], one["place"]): one["password"] for one in _CREDENTIALS.finditer(stored)}

    def put_back(match: re.Match[str]) -> str:
        if match["password"] != HIDDEN:
            return match[0]
        password = known.get((match["user"], match["place"]))
        if password is None:
            raise RejectedError(f"write the password of {match['user'][3:-1]}{match['place']} in place of {HIDDEN}")
        return f"{match['user']}{password}{match['place']}"

    return _CREDENTIALS.sub(put_back, contract)


def _without_password(match: re.Match[str]) -> str:
    shown = match["password"] if _VARIABLE.fullmatch(match["password"]) else HIDDEN
    return f"{match['user']}{shown}{match['place']}"
