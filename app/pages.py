"""The pages: what `app/web` was built into, served under headers that let no script run but its own files.

A page holds no data: it asks the API, which decides who may see what. So every route here is open. They are plain
functions because they read files: FastAPI runs them beside the event loop.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "web" / "dist"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PAGE_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TYPES: Mapping[str, str] = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_HASHED = re.compile(r"-[A-Za-z0-9_-]{8}\.[a-z]+$")
_FOR_EVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"
_NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Freshet</title></head>
<body><p>The pages have not been built: run <code>make setup</code>.</p></body>
</html>
"""


@router.get("/")
def get_home(request: Request) -> Response:
    """Where people sign in, and from where the other pages are reached."""
    return _page(request, "index")


@router.get("/ask")
@router.get("/ask/{place:path}")
def get_ask(request: Request) -> Response:
    """Internal questions and answers; the page itself reads the rest of the path."""
    return _page(request, "ask")


@router.get("/admin")
@router.get("/admin/{place:path}")
def get_admin(request: Request) -> Response:
    """The portal of editors and administrators."""
    return _page(request, "admin")


@router.get("/agent")
@router.get("/agent/{place:path}")
def get_agent(request: Request) -> Response:
    """The inbox of the people who take over conversations."""
    return _page(request, "agent")


@router.get("/demo")
def get_demo(request: Request) -> Response:
    """A shop that carries the widget as any site would."""
    return _page(request, "demo")


@router.get("/assets/{name}")
def get_asset(request: Request, name: str) -> Response:
    """A file that a page names; those whose name holds a hash of their content never change."""
    return _file(request, f"assets/{name}", _FOR_EVER if _HASHED.search(name) else _SHORT)


@router.get("/favicon.svg")
def get_icon(request: Request) -> Response:
    """The sign of Freshet."""
    return _file(request, "favicon.svg", _SHORT)


@router.get("/favicon.ico")
def get_old_icon(request: Request) -> Response:
    """The same, for those who ask by the old name."""
    return _file(request, "favicon.svg", _SHORT)


@router.get("/widget.js")
def get_widget(request: Request) -> Response:
    """The chat widget, which any site may load."""
    response = _file(request, "widget.js", _SHORT)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _page(request: Request, name: str) -> Response:
    root = html.escape(request.scope.get("root_path", "").rstrip("/"))
    headers = dict(_PAGE_HEADERS)
    if request.url.scheme == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"
    path = FOLDER / f"{name}.html"
    if not path.is_file():
        log.warning("pages_not_built", page=name)
        return HTMLResponse(_NOT_BUILT, 503, headers=headers)
    return HTMLResponse(_below(path.read_text(encoding="utf-8"), root), headers=headers)


def _below(text: str, root: str) -> str:
    """The page with its files and its own prefix at `root`: built pages name both relative to themselves."""
    placed = re.sub(r'(src|href)="\./', rf'\1="{root}/', text)
    return placed.replace('name="freshet-root" content=""', f'name="freshet-root" content="{root}"')


def _file(request: Request, name: str, caching: str) -> Response:
    """A file of the build, as small as the client takes it. Raises HTTPException 404 for every other name."""
    path = FOLDER / name
    if not _NAME.fullmatch(path.name) or path.suffix not in _TYPES or not path.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, ending in _ENCODINGS:
        small = path.with_name(path.name + ending)
        if encoding in accepted and small.is_file():
            headers["Content-Encoding"] = encoding
            return FileResponse(small, media_type=_TYPES[path.suffix], headers=headers)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)
