"""The labelled documents of ../shared/data/docs_parse: how much of what is expected do we find?"""

from __future__ import annotations

import html
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from ingestion.parsing.sandbox import parse_isolated
from retrieval.errors import RejectedError

_RULE = re.compile(r"[|\s:-]+")


def words(text: str) -> list[str]:
    """The words of Markdown without comments, escapes and link targets."""
    text = re.sub(r"<!--.*?-->", " ", text, flags=re.DOTALL)
    text = html.unescape(re.sub(r"\]\([^)]*\)", " ", re.sub(r"\\([^\w\s])", r"\1", text)))
    return re.findall(r"\w+", text.lower())


def cells(text: str) -> list[str]:
    """The words of each cell of each table that has some."""
    rows = [line.strip() for line in text.splitlines() if line.startswith("|") and not _RULE.fullmatch(line)]
    found = (" ".join(words(cell)) for row in rows for cell in re.split(r"(?<!\\)\|", row[1:-1]))
    return [cell for cell in found if cell]


def share(expected: list[str], made: list[str]) -> float | None:
    """The share of `expected` that is in `made`, each as often; None where nothing is expected."""
    wanted = Counter(expected)
    return (wanted & Counter(made)).total() / wanted.total() if wanted else None


@pytest.mark.timeout(900)
def test_the_share_of_expected_words_and_cells_is_high_and_every_other_file_gets_its_sentence(
    shared_data: Path,
) -> None:
    folder = shared_data / "docs_parse"
    entries: list[dict[str, Any]] = [json.loads(line) for line in (folder / "manifest.jsonl").open(encoding="utf-8")]
    found: dict[str, list[tuple[float | None, float | None]]] = defaultdict(list)
    refused: list[str] = []
    for entry in (one for one in entries if one["split"] == "dev"):
        try:
            made = parse_isolated(folder / entry["file"], Path(entry["file"]).name).text
        except RejectedError as error:
            refused.append(error.message)
            made = ""
        if entry["expected"]:
            expected = (folder / entry["expected"]).read_text(encoding="utf-8")
            found[entry["format"]].append((share(words(expected), words(made)), share(cells(expected), cells(made))))
    by_words = {kind: mean(word for word, _ in shares if word is not None) for kind, shares in found.items()}
    by_cells = {
        kind: known for kind, shares in found.items() if (known := [cell for _, cell in shares if cell is not None])
    }
    print("\nformat    files  words  cells")
    for kind, shares in sorted(found.items()):
        shown = f"{mean(by_cells[kind]):.3f}" if kind in by_cells else "-"
        print(f"{kind:9} {len(shares):5}  {by_words[kind]:.3f}  {shown}")
    assert refused == []
    assert mean(by_words.values()) >= 0.95
    assert mean(mean(shares) for shares in by_cells.values()) >= 0.95
