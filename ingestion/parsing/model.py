"""What goes into parsing and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import RejectedError

Progress = Callable[[str, int, int], None]
"""Told the stage, the page reached and the number of pages (0 and 0 where a format has none)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. `columns` and `cells` are of one sheet or table, `ratio` of one packed member."""

    seconds: int = 600
    memory_mb: int = 4096
    pages: int = 2000
    expanded_mb: int = 512
    ratio: int = 200
    members: int = 20_000
    columns: int = 2000
    cells: int = 2_000_000
    characters: int = 8_000_000
    attachments: int = 50
    depth: int = 3
    megapixels: int = 200


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as Markdown: `text` has its pages (slides, sheets) parted by a form feed.

    `pages` is 0 where the format has none. `language` is `en`, `zh`, `other`, or "" for too little text.
    """

    title: str
    text: str
    language: str
    media_type: str
    pages: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to parse. `filename` is what its owner calls it; `depth` is 0 unless it came inside another file."""

    path: Path
    filename: str
    limits: Limits
    progress: Progress
    depth: int = 0

    @property
    def extension(self) -> str:
        """The name's last part in lower case with its dot; "" where there is none."""
        return Path(self.filename).suffix.lower()

    def check_columns(self, columns: int, place: str) -> None:
        """Refuse a table that is too wide.

        Raises:
            RejectedError: more than `limits.columns`.
        """
        if columns > self.limits.columns:
            raise RejectedError(
                f"{self.filename}: {place} has {columns:,} columns; the limit is {self.limits.columns:,}"
            )

    def check_cells(self, cells: int, place: str) -> None:
        """Refuse a table that is too large.

        Raises:
            RejectedError: more than `limits.cells`.
        """
        if cells > self.limits.cells:
            raise RejectedError(f"{self.filename}: {place} has more than {self.limits.cells:,} cells")

    def check_pages(self, pages: int, word: str = "pages") -> None:
        """Refuse a file with too many pages.

        Raises:
            RejectedError: more than `limits.pages`.
        """
        if pages > self.limits.pages:
            raise RejectedError(f"{self.filename} has {pages:,} {word}; the limit is {self.limits.pages:,}")

    def broken(self, kind: str) -> RejectedError:
        """The error for a file that looks like `kind` but cannot be read as one."""
        return RejectedError(f"{self.filename} cannot be read: it is a damaged or incomplete {kind}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What one format's parser returns. `pages` has one entry where the format is not `paged`."""

    title: str
    pages: tuple[str, ...]
    media_type: str
    paged: bool = False
    warnings: tuple[str, ...] = ()
