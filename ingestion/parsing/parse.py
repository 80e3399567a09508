"""One file to Markdown, in this process. Strangers' files go through `sandbox` instead."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from pathlib import Path

import structlog

from ingestion.cleaning.languages import detect_language
from ingestion.parsing.detect import kind_of
from ingestion.parsing.markdown import first_heading, one_line
from ingestion.parsing.model import Draft, Limits, Parsed, Progress, Source
from retrieval.errors import FreshetError, RejectedError
from retrieval.model import PAGE_BREAK

log = structlog.get_logger(__name__)

_PARSERS = {
    "asciidoc": ("asciidoc", "parse_asciidoc"),
    "delimited": ("delimited", "parse_delimited"),
    "doc": ("word97", "parse_doc"),
    "docx": ("docx", "parse_docx"),
    "epub": ("epub", "parse_epub"),
    "html": ("html_page", "parse_html"),
    "image": ("image", "parse_image"),
    "json": ("json_data", "parse_json"),
    "mail": ("mail", "parse_mail"),
    "markdown": ("markdown_file", "parse_markdown"),
    "odp": ("odf", "parse_odp"),
    "odt": ("odf", "parse_odt"),
    "outlook": ("outlook", "parse_outlook"),
    "patent_text": ("patent_text", "parse_patent_text"),
    "pdf": ("pdf", "parse_pdf"),
    "ppt": ("powerpoint97", "parse_ppt"),
    "pptx": ("pptx", "parse_pptx"),
    "rtf": ("rtf", "parse_rtf"),
    "sheets": ("sheets", "parse_sheets"),
    "text": ("text", "parse_text"),
    "xml": ("xml_document", "parse_xml"),
}
_BLANK_LINES = re.compile(r"\n{3,}")
_LONGEST_TITLE = 300
_SAMPLE = 200_000


def parse(path: Path, filename: str, limits: Limits | None = None, progress: Progress | None = None) -> Parsed:
    """The file at `path` as Markdown; `filename` is the name its owner gave it.

    Raises:
        RejectedError: it cannot be read; the sentence says why.
    """
    source = Source(path, filename, limits or Limits(), progress or _silent)
    return finished(source, draft_of(source))


def draft_of(source: Source) -> Draft:
    """What the parser of the file's format makes of it.

    Raises:
        RejectedError: whatever goes wrong: a parser that fails does so because of the file.
    """
    try:
        kind = kind_of(source)
        source.progress("reading", 0, 0)
        module, function = _PARSERS[kind]
        draft: Draft = getattr(importlib.import_module(f"ingestion.parsing.{module}"), function)(source)
    except (FreshetError, MemoryError):
        raise
    except Exception as error:
        log.warning("parsing.failed", filename=source.filename, error=repr(error), exc_info=True)
        raise RejectedError(f"{source.filename} cannot be read: its content is damaged or unusual") from error
    return draft


def finished(source: Source, draft: Draft) -> Parsed:
    """The draft with its title, language and count of pages.

    Raises:
        RejectedError: there is no text in it, or more than the limits allow.
    """
    pages = [_tidy(page) for page in draft.pages]
    if not any(pages):
        raise RejectedError(f"{source.filename} has no text" + "".join(f"; {warning}" for warning in draft.warnings))
    text = PAGE_BREAK.join(pages) if draft.paged else "\n\n".join(pages)
    if len(text) > source.limits.characters:
        raise RejectedError(
            f"{source.filename} has {len(text):,} characters of text; the limit is {source.limits.characters:,}"
        )
    title = one_line(draft.title) or first_heading(text) or Path(source.filename).stem
    return Parsed(
        title=title[:_LONGEST_TITLE],
        text=text,
        language=detect_language(text[:_SAMPLE]),
        media_type=draft.media_type,
        pages=len(pages) if draft.paged else 0,
        warnings=draft.warnings,
    )


def parse_inside(outer: Source, path: Path, filename: str) -> Parsed:
    """A file that came inside `outer` (an attachment), one level deeper.

    Raises:
        RejectedError: as `parse`, and when files are nested too deep.
    """
    if outer.depth >= outer.limits.depth:
        raise RejectedError(f"{filename} lies more than {outer.limits.depth} files deep")
    inner = replace(outer, path=path, filename=filename, depth=outer.depth + 1)
    return finished(inner, draft_of(inner))


def _tidy(page: str) -> str:
    """No page break, no character that cannot be encoded, no run of blank lines."""
    text = page.replace(PAGE_BREAK, "\n").encode("utf-8", "ignore").decode("utf-8")
    return _BLANK_LINES.sub("\n\n", text).strip("\n")


def _silent(stage: str, page: int, pages: int) -> None:
    """Nobody asked how far it is."""
