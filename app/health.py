"""Whether the service lives, is ready, which version it is, and its metrics; all without a token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

import structlog
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.metrics import Metrics
from retrieval.errors import FreshetError

log = structlog.get_logger(__name__)
router = APIRouter(tags=["health"])

CHECK_SECONDS = 2.0

Check = Callable[[], Awaitable[None]]
"""Returns when the service it asks really answers; raises when it does not."""


def product_version() -> str:
    """The version that is installed; "0" when this runs from a checkout that is not."""
    try:
        return version("freshet")
    except PackageNotFoundError:
        return "0"


async def not_ready(checks: Mapping[str, Check]) -> dict[str, str]:
    """Name → why, for every check that fails or takes longer than two seconds; empty when all is ready."""

    async def ask(check: Check) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await check()
        except FreshetError as error:
            return error.message
        except TimeoutError:
            return f"no answer within {CHECK_SECONDS:.0f} s"
        except Exception as error:  # noqa: BLE001 - each client has its own errors, and all mean "not ready"
            log.info("not_ready", error=repr(error))
            return f"does not answer ({type(error).__name__})"
        return ""

    answers = await asyncio.gather(*(ask(check) for check in checks.values()))
    return {name: why for name, why in zip(checks, answers, strict=True) if why}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers; says nothing of the services it needs."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "names what is not ready"}})
async def readyz(request: Request) -> Response:
    """Every service this one needs answers; 503 names those that do not."""
    missing = await not_ready(request.app.state.checks)
    body = {"status": "not ready" if missing else "ready", "not_ready": missing}
    return JSONResponse(body, 503 if missing else 200)


@router.get("/version")
async def get_version() -> dict[str, str]:
    """Name and version of the product."""
    return {"name": "freshet", "version": product_version()}


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(request: Request) -> Response:
    """Metrics in the text format of Prometheus."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")
