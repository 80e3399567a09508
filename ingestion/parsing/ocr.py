"""Text of pictures by rapidocr (its models lie inside its wheel); turned pictures are turned back first."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from statistics import median
from typing import Any

from ingestion.parsing.markdown import clean
from ingestion.parsing.pdf_blocks import scale_of, write_page
from ingestion.parsing.pdf_layout import sections
from ingestion.parsing.pdf_words import Word

_SURE = 0.6
_CHECKED_LINES = 12
_THREADS = 2


@dataclass(frozen=True, slots=True)
class _Found:
    text: str
    score: float
    left: float
    top: float
    right: float
    bottom: float


class Reader:
    """Reads pictures; the models are loaded with the first one."""

    def __init__(self) -> None:
        self._engine: Any = None

    def read(self, image: Any) -> str:
        """The text of a Pillow image in reading order, as Markdown; "" where there is none."""
        import numpy as np

        picture = np.asarray(image)[:, :, ::-1]
        lines = self._upright(picture)
        words = [
            Word(clean(line.text).strip(), line.left, line.right, line.top, line.bottom, line.bottom - line.top, False)
            for line in lines
            if line.text.strip()
        ]
        return write_page(sections(_evened(words)), scale_of([_evened(words)]))

    def _upright(self, picture: Any) -> list[_Found]:
        """What is read in the direction in which most of it makes sense."""
        import numpy as np

        found = self._run(picture)
        if not found:
            return []
        tall = sum(line.bottom - line.top > 1.6 * (line.right - line.left) for line in found)
        if tall * 2 > len(found):
            picture = np.ascontiguousarray(np.rot90(picture))
            found = self._run(picture)
        if not self._upside_down(picture, found):
            return found
        turned = self._run(np.ascontiguousarray(np.rot90(picture, 2)))
        return found if _sense(found) > 2 * _sense(turned) else turned

    def _upside_down(self, picture: Any, found: list[_Found]) -> bool:
        """Whether most lines make more sense upside down: they are read both ways, without the classifier."""
        import numpy as np

        longest = sorted(found, key=lambda line: line.left - line.right)[:_CHECKED_LINES]
        crops = [
            np.ascontiguousarray(picture[int(line.top) : int(line.bottom), int(line.left) : int(line.right)])
            for line in longest
        ]
        crops = [crop for crop in crops if crop.size]
        votes = 0.0
        for crop in crops:
            upright = self._line_score(crop)
            turned = self._line_score(np.ascontiguousarray(np.rot90(crop, 2)))
            votes += turned - upright
        return votes > 0

    def _line_score(self, crop: Any) -> float:
        result: Any = self._load()(crop, use_det=False, use_cls=False, use_rec=True)
        scores: Any = result.scores
        return float(scores[0]) if scores is not None and len(scores) else 0.0

    def _run(self, picture: Any) -> list[_Found]:
        result: Any = self._load()(picture, use_det=True, use_cls=True, use_rec=True)
        if result.boxes is None or result.txts is None:
            return []
        found = []
        for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
            across, down = [float(point[0]) for point in box], [float(point[1]) for point in box]
            found.append(_Found(text, float(score), min(across), min(down), max(across), max(down)))
        return found

    def _load(self) -> Any:
        if self._engine is None:
            from rapidocr import RapidOCR

            logging.getLogger("RapidOCR").setLevel(logging.WARNING)
            self._engine = RapidOCR(
                params={
                    "Global.log_level": "warning",
                    "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                }
            )
        return self._engine


def _sense(lines: list[_Found]) -> float:
    """How much was read surely."""
    return sum(len(re.findall(r"\w", line.text)) * line.score for line in lines if line.score > _SURE)


def _evened(words: list[Word]) -> list[Word]:
    """Heights of OCR's boxes waver: those near the median become it, so that only real headings stand out."""
    if not words:
        return []
    usual = median(word.size for word in words)
    return [
        Word(
            word.text,
            word.left,
            word.right,
            word.top,
            word.bottom,
            usual if 0.6 * usual < word.size < 1.45 * usual else word.size,
            word.bold,
        )
        for word in words
    ]
