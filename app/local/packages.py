"""Where installed packages lie, found without importing them: some take seconds or do things when imported."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from app.local.part import LocalError


def package_folder(name: str, distribution: str) -> Path:
    """The folder of an installed package; raises LocalError when it is missing."""
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        message = f"The package {distribution} is not installed: run `make setup`."
        raise LocalError(message)
    return Path(found.submodule_search_locations[0])
