"""Pages of PDF files, drawn in processes of their own and kept in memory for whoever reads them next."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from app.refusals import NotFoundError
from ingestion.originals import Originals
from ingestion.parsing.pdf_words import Word
from ingestion.parsing.sandbox import page_isolated
from retrieval.errors import RejectedError

_MAX_BYTES = 64 * 1024 * 1024
_AT_ONCE = 2
_BYTES_PER_WORD = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it is read: `size` in points, `png` empty where only its words were asked for."""

    pages: int
    size: tuple[float, float]
    words: tuple[Word, ...]
    png: bytes

    @property
    def cost(self) -> int:
        """Roughly how many bytes it takes."""
        return len(self.png) + _BYTES_PER_WORD * len(self.words)


class PageShelf:
    """The pages read last, at most 64 MB of them. Who may read them is asked before, each time."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held = 0
        self._pages: OrderedDict[tuple[str, int, int], Page] = OrderedDict()
        self._drawing = asyncio.Semaphore(_AT_ONCE)

    async def page(self, originals: Originals, original: str, number: int, width: int) -> Page:
        """Page `number` (from 1) of the file at `original`, `width` pixels wide; 0: its words alone.

        Raises:
            NotFoundError: there is no such file, no such page, or it is no PDF that can be drawn.
        """
        key = (original, number, width)
        if key not in self._pages:
            async with self._drawing:
                if key not in self._pages:
                    self._keep(key, page := await asyncio.to_thread(_read, originals, original, number, width))
                    return page
        self._pages.move_to_end(key)
        return self._pages[key]

    def _keep(self, key: tuple[str, int, int], page: Page) -> None:
        self._held += page.cost
        self._pages[key] = page
        while self._held > self._max_bytes and len(self._pages) > 1:
            self._held -= self._pages.popitem(last=False)[1].cost


def _read(originals: Originals, original: str, number: int, width: int) -> Page:
    with tempfile.TemporaryDirectory(prefix="freshet-page-") as folder:
        file = Path(folder) / "original"
        if not originals.fetch(original, file):
            raise NotFoundError("there is no such file")
        try:
            found = page_isolated(file, "the file", number, width)
        except RejectedError as error:
            raise NotFoundError(error.message) from None
    words = tuple(
        Word(text, left, right, top, bottom, size=0.0, bold=False) for text, left, right, top, bottom in found["words"]
    )
    size = (float(found["width"]), float(found["height"]))
    return Page(int(found["pages"]), size, words, base64.b64decode(found["png"]))
