"""The whole product on real parts, started once for all end-to-end tests."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.product import Product, free_block, wait_until


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """A running Freshet with the sample enterprise, on ports of its own."""
    home = Path(tempfile.mkdtemp(prefix="freshet-e2e-"))
    home.chmod(0o755)
    made = Product(home, first_port=free_block(21000), sample=True)
    try:
        made.start(420)
        yield made
    finally:
        made.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def settled(product: Product) -> None:
    """Every source of the sample enterprise is indexed."""
    wait_until(lambda: _sound(product, {"erp", "crm", "files"}), 300, "the sample enterprise to be indexed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def admin_password(product: Product) -> str:
    """The first administrator's, as `make run` prints it."""
    printed = (product.home / "runner.out").read_text(encoding="utf-8")
    found = re.search(r"as admin, password (\S+)", printed)
    assert found, printed[-2000:]
    return found[1]


def _sound(product: Product, sources: set[str]) -> bool:
    reports = product.verify()
    return sources <= set(reports) and all(
        report["documents"] and not (report["missing"] or report["stale"] or report["orphaned"])
        for name, report in reports.items()
        if name in sources
    )
