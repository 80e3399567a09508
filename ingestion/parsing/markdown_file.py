"""Markdown stays as it is, except its front matter (title, description, tags) and HTML tables inside it."""

from __future__ import annotations

import re
from typing import Any

from ingestion.parsing.encoding import decode
from ingestion.parsing.html_page import html_to_markdown
from ingestion.parsing.markdown import Blocks, clean
from ingestion.parsing.model import Draft, Source

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HTML_BLOCK = re.compile(r"^<(table|div|p|ul|ol|dl|details|section|article|h[1-6])\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SHOWN = ("description", "summary", "abstract", "tags", "keywords", "categories", "author", "authors", "date")


def parse_markdown(source: Source) -> Draft:
    """The text with its HTML blocks written as Markdown; form feeds part pages."""
    text = decode(source.path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    title, facts, body = _front_matter(text)
    pages = [_without_html(clean(page)) for page in body.split("\f")]
    if facts:
        pages[0] = f"{facts}\n\n{pages[0]}"
    return Draft(title, tuple(pages), "text/markdown", paged=len(pages) > 1)


def _front_matter(text: str) -> tuple[str, str, str]:
    """Title, the facts worth reading as Markdown, and the text below the front matter."""
    found = _FRONT_MATTER.match(text)
    if not found:
        return "", "", text
    facts = _facts(found[1])
    if facts is None:
        return "", "", text
    blocks = Blocks()
    for name in _SHOWN:
        value = facts.get(name)
        if value:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            blocks.item(0, "-", f"{name}: {shown}")
    title = facts.get("title")
    return str(title) if title else "", blocks.text(), text[found.end() :]


def _facts(yaml_text: str) -> dict[str, Any] | None:
    """Front matter as a mapping; None where it is none (a rule between two paragraphs)."""
    if "&" in yaml_text and "*" in yaml_text:
        return {}
    import yaml

    try:
        facts = yaml.safe_load(yaml_text)
    except yaml.YAMLError:
        return None
    return {str(name).lower(): value for name, value in facts.items()} if isinstance(facts, dict) else None


def _without_html(text: str) -> str:
    """`text` with its HTML blocks as Markdown; code blocks are left alone."""
    if "<" not in text:
        return text
    out: list[str] = []
    lines = text.split("\n")
    at, fence = 0, ""
    while at < len(lines):
        line = lines[at]
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        found = None if fence else _HTML_BLOCK.match(line)
        if found:
            end = _block_end(lines, at, found[1])
            out += [html_to_markdown("\n".join(lines[at:end])), ""]
            at = end
        else:
            out.append(line)
            at += 1
    return _COMMENT.sub("", "\n".join(out))


def _block_end(lines: list[str], start: int, tag: str) -> int:
    """The line after the closing tag, or after the paragraph where nothing closes it."""
    depth = 0
    for number in range(start, len(lines)):
        line = lines[number].lower()
        depth += len(re.findall(rf"<{tag.lower()}\b", line)) - line.count(f"</{tag.lower()}>")
        if depth <= 0:
            return number + 1
    return next((number for number in range(start, len(lines)) if not lines[number].strip()), len(lines))
