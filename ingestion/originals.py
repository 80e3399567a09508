"""Where uploaded files lie: an object store (a local folder, or S3), with what parsing made of each beside it.

A path is used once: every upload, also of the same file, has its own. Nobody ever reads a half-written original, and
removing an old one cannot hit a new one.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import obstore
import orjson
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from ingestion.uploads import ParsedText
from retrieval.errors import UnavailableError

_PIECE_BYTES = 1024 * 1024
_PARSED = ".parsed.json"


class Originals:
    """The files of all tenants under one URL (file:///… or s3://bucket/prefix).

    Every method raises `UnavailableError` when the store does not take or give, a full disk included.
    """

    def __init__(self, url: str) -> None:
        self._store = _open(url)

    @staticmethod
    def new_path(tenant: str, document_id: str) -> str:
        """A path that was never used."""
        return f"{tenant}/{document_id}/{uuid.uuid4().hex}"

    async def store(self, path: str, file: IO[bytes]) -> None:
        """Write `file` from its beginning, in pieces."""
        file.seek(0)
        try:
            await obstore.put_async(self._store, path, file)
        except (BaseError, OSError) as error:
            raise UnavailableError("object store", f"the file could not be stored: {_short(error)}") from None

    async def read(self, path: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """Size in bytes and pieces of an original; None where it is not there."""
        try:
            found = await obstore.get_async(self._store, path)
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as error:
            raise UnavailableError("object store", f"the file could not be read: {_short(error)}") from None

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in found.stream(_PIECE_BYTES):
                yield bytes(piece)

        return found.meta["size"], pieces()

    async def remove(self, path: str) -> None:
        """Remove an original and what was parsed from it; it is fine when they are not there."""
        for one in (path, path + _PARSED):
            try:
                await obstore.delete_async(self._store, one)
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as error:
                raise UnavailableError("object store", f"the file could not be removed: {_short(error)}") from None

    def stored_before(self, moment: datetime) -> Iterator[list[str]]:
        """Paths of the originals that were stored before `moment`, some hundred at a time."""
        try:
            for found in obstore.list(self._store, chunk_size=500):
                old = {one["path"].removesuffix(_PARSED) for one in found if one["last_modified"] < moment}
                if old:
                    yield sorted(old)
        except (BaseError, OSError) as error:
            raise UnavailableError("object store", f"the files could not be listed: {_short(error)}") from None

    def fetch(self, path: str, to: Path) -> bool:
        """Copy an original to the local file `to`; False where it is not there."""
        try:
            found = obstore.get(self._store, path)
            with to.open("wb") as file:
                for piece in found.stream(_PIECE_BYTES):
                    file.write(piece)
        except (NotFoundError, FileNotFoundError):
            return False
        except (BaseError, OSError) as error:
            raise UnavailableError("object store", f"the file could not be read: {_short(error)}") from None
        return True

    def keep_parsed(self, path: str, parsed: ParsedText) -> None:
        """Keep what parsing made of the original at `path`."""
        try:
            obstore.put(self._store, path + _PARSED, orjson.dumps(parsed))
        except (BaseError, OSError) as error:
            raise UnavailableError("object store", f"the text could not be stored: {_short(error)}") from None

    def parsed(self, path: str) -> ParsedText | None:
        """What parsing made of the original at `path`; None where it was not parsed yet."""
        try:
            found = orjson.loads(bytes(obstore.get(self._store, path + _PARSED).bytes()))
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as error:
            raise UnavailableError("object store", f"the text could not be read: {_short(error)}") from None
        return ParsedText(**found)


def _open(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)), automatic_cleanup=True, mkdir=True)
    return from_url(url)


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
