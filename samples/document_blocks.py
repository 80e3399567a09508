"""Reads the small Markdown from which the sample's binary documents are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "paragraph", "bullet", "table", "break"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `level` counts headings from 1, `rows` holds a table's cells with its header first."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def read_blocks(markdown: str) -> list[Block]:
    """The blocks in order; a line of three hyphens is a break between pages or slides."""
    blocks: list[Block] = []
    rows: list[tuple[str, ...]] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
            continue
        if rows:
            blocks.append(Block("table", rows=tuple(row for row in rows if not re.fullmatch("-+", row[0]))))
            rows = []
        if line == "---":
            blocks.append(Block("break"))
        elif heading := re.match(r"(#+) (.*)", line):
            blocks.append(Block("heading", heading[2], len(heading[1])))
        elif line.startswith("- "):
            blocks.append(Block("bullet", line[2:]))
        elif line.strip():
            blocks.append(Block("paragraph", line.strip()))
    return blocks
