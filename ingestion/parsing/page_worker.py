"""The process that draws one page of a stranger's PDF: `python -m ingestion.parsing.page_worker`, started by `sandbox`.

Reads a request as JSON from standard input and writes one line: `{"page": {…}}` or `{"rejected": sentence}`. A page has
`pages` (of the file), `width` and `height` in points as it is read (turned so that its text stands upright), `words` as
`[text, left, right, top, bottom]` in points from the upper left corner, and `png` (base64; "" for width 0).
"""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import Any

from ingestion.parsing.pdf_words import words_of
from ingestion.parsing.worker import limit_process, own_pipe

_MAX_PIXELS = 12_000_000
_SIDEWAYS = (90, 270)


def main() -> None:
    """Draw what standard input asks for."""
    request = json.loads(sys.stdin.readline())
    pipe = own_pipe()
    limit_process(request["limits"])
    try:
        answer = _drawn(request)
    except MemoryError:
        answer = {"rejected": f"page {request['number']} of {request['filename']} is too large to be drawn"}
    pipe.write(json.dumps(answer) + "\n")
    pipe.flush()


def _drawn(request: dict[str, Any]) -> dict[str, Any]:
    import pypdfium2

    number = int(request["number"])
    try:
        document = pypdfium2.PdfDocument(request["path"])
        pages = len(document)
        if number > pages:
            return {"rejected": f"{request['filename']} has {pages} pages"}
        page = document[number - 1]
        words, turned = words_of(page)
        width, height = page.get_size()
        if turned in _SIDEWAYS:
            width, height = height, width
        png = _png(page, turned, (width, height), int(request["width"])) if request["width"] else ""
    except pypdfium2.PdfiumError:
        return {"rejected": f"{request['filename']} is no PDF that can be drawn"}
    placed = [[one.text, one.left, one.right, one.top, one.bottom] for one in words]
    return {"page": {"pages": pages, "width": width, "height": height, "words": placed, "png": png}}


def _png(page: Any, turned: int, size: tuple[float, float], wanted: int) -> str:
    width, height = max(size[0], 1.0), max(size[1], 1.0)
    scale = min(wanted / width, (_MAX_PIXELS / (width * height)) ** 0.5)
    file = io.BytesIO()
    page.render(scale=scale, rotation=turned).to_pil().save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    main()
