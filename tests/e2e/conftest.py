"""The whole product on real parts, started once for all end-to-end tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import Product


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """A running Freshet with the sample enterprise, on ports of its own."""
    home = Path(tempfile.mkdtemp(prefix="freshet-e2e-"))
    home.chmod(0o755)
    made = Product(home, first_port=21000, sample=True)
    try:
        made.start(420)
        yield made
    finally:
        made.stop()
        shutil.rmtree(home, ignore_errors=True)
