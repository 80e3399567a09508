"""A service that browsers reach."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.app.conftest import Api
from tests.app.web.serving import Served


@pytest_asyncio.fixture
async def service(api: Api) -> AsyncIterator[str]:
    served = Served(api)
    yield await served.start()
    await served.stop()
