"""Talks to the API over HTTP with a token made from this machine's own secret: what the command line is built on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any, Self

import httpx
import orjson

from app.callers import Caller, mint_token
from app.settings import Settings
from retrieval.errors import FreshetError, RejectedError, RetryLaterError, UnavailableError

_TIMEOUT = httpx.Timeout(120, connect=5)
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 (compared, not bound)


class ApiClient:
    """The API of `settings`, called as `caller`; every method raises the error that the API's problem stands for."""

    def __init__(self, settings: Settings, caller: Caller) -> None:
        if settings.secret_key is None:
            raise ValueError("settings come from load_settings(), which leaves no secret out")
        host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
        self.url = f"http://{host}:{settings.port}"
        token = mint_token(settings.secret_key.get_secret_value(), caller)
        self._http = httpx.Client(
            base_url=self.url, timeout=_TIMEOUT, trust_env=False, headers={"Authorization": f"Bearer {token}"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON of a GET."""
        return self._json("GET", path, params=query)

    def text(self, path: str, **query: str | int) -> str:
        """The plain text of a GET."""
        with self._answering():
            response = self._http.get(path, params=query)
        if response.is_error:
            raise _error(response)
        return response.content.decode()

    def post(self, path: str, body: object = None) -> Any:
        """The JSON that a POST of `body` answers with."""
        return self._json("POST", path, json=body)

    def put_text(self, path: str, text: str, content_type: str) -> Any:
        """The JSON that a PUT of `text` answers with."""
        return self._json("PUT", path, content=text.encode(), headers={"Content-Type": content_type})

    def delete(self, path: str) -> Any:
        """The JSON that a DELETE answers with, None when it answers with nothing."""
        return self._json("DELETE", path)

    def upload(self, name: str, file: IO[bytes], fields: Mapping[str, str | list[str]]) -> Any:
        """The document that the file becomes; the file is streamed."""
        return self._json("POST", "/v1/documents", files={"file": (name, file)}, data=dict(fields))

    def events(self, path: str) -> Iterator[tuple[str, Any]]:
        """Server-sent events as they come: name and data."""
        name = ""
        with self._answering(), self._http.stream("GET", path, timeout=httpx.Timeout(60, connect=5)) as response:
            if response.is_error:
                response.read()
                raise _error(response)
            for line in response.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield name, orjson.loads(line.removeprefix("data: "))

    def _json(self, method: str, path: str, **more: Any) -> Any:
        with self._answering():
            response = self._http.request(method, path, **more)
        if response.is_error:
            raise _error(response)
        return response.json() if response.content else None

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise UnavailableError(
                "API", f"the API at {self.url} does not answer ({type(error).__name__}): is `freshet run` running?"
            ) from None


def _error(response: httpx.Response) -> FreshetError:
    try:
        found = response.json()
        detail = str(found.get("detail") or found.get("title"))
    except (ValueError, AttributeError):
        detail = f"the API answered {response.status_code}"
    if response.status_code == 429:
        return RetryLaterError(detail, float(response.headers.get("Retry-After", "1")))
    if response.status_code == 503:
        return UnavailableError("API", detail)
    return RejectedError(detail)
