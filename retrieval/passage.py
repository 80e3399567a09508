"""What a chunk is to the models that read it: its text under its document's title and its headings."""

from __future__ import annotations

from retrieval.model import Chunk, Document

_TITLE_CHARACTERS = 200


def passage_input(document: Document, chunk: Chunk) -> str:
    """What is embedded and searched for `chunk`: title, headings and text, each on lines of its own.

    So the words of a title find every chunk under it. What the text opens with anyway is not said twice.
    """
    opening = chunk.text[: _TITLE_CHARACTERS + 10].lstrip("# ")
    context = (document.title.strip()[:_TITLE_CHARACTERS], chunk.heading)
    return "\n".join([*(part for part in context if part and not opening.startswith(part)), chunk.text])
