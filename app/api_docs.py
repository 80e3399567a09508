"""`/docs`: Swagger UI over `/openapi.json`, from files of the package fastapi-swagger; no other host is asked.

The page obeys a Content-Security-Policy without inline script: what starts Swagger UI is an asset like the others.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

import fastapi_swagger.resources
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_FOLDER = Path(fastapi_swagger.resources.__file__).parent
_FILES: Mapping[str, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Freshet: HTTP API</title>
<link rel="icon" type="image/png" href="{root}/docs/favicon-32x32.png">
<link rel="stylesheet" href="{root}/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-openapi="{root}/openapi.json"></div>
<script src="{root}/docs/swagger-ui-bundle.js"></script>
<script src="{root}/docs/start.js"></script>
</body>
</html>
"""
_START = """"use strict";
SwaggerUIBundle({
  url: document.getElementById("swagger-ui").dataset.openapi,
  dom_id: "#swagger-ui",
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  validatorUrl: null, // Swagger UI would send the address of the schema to a host of its own
});
"""


@router.get("/docs")
async def get_docs(request: Request) -> HTMLResponse:
    """The page on which a person reads and tries the HTTP interface."""
    root = html.escape(request.scope.get("root_path", "").rstrip("/"))
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(_PAGE.replace("{root}", root), headers=headers)


@router.get("/docs/{asset}")
async def get_docs_asset(asset: str) -> Response:
    """A file that the page names; 404 for every other name."""
    if asset == "start.js":
        return Response(_START, media_type="text/javascript", headers=_HEADERS)
    if asset not in _FILES:
        raise HTTPException(404)
    return FileResponse(_FOLDER / asset, media_type=_FILES[asset], headers=_HEADERS)
