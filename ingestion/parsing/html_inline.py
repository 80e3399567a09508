"""The inside of an HTML paragraph: emphasis, links, code, and what is hidden."""

from __future__ import annotations

import re
from typing import Any

from ingestion.parsing.markdown import clean, emphasis, one_line

SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "iframe",
        "object",
        "embed",
        "svg",
        "canvas",
        "map",
        "source",
        "track",
    ]
)
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "br",
        "button",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "mark",
        "math",
        "meter",
        "nobr",
        "output",
        "picture",
        "progress",
        "q",
        "ruby",
        "rb",
        "rt",
        "rp",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "del": "~~", "s": "~~", "strike": "~~"}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
Run = tuple[str, str]


def inline_runs(element: Any, mark: str) -> list[Run]:
    """The runs of an inline element; links and code are written out, so they carry no mark of their own."""
    tag = tag_of(element)
    if tag == "img":
        return [(one_line(element.get("alt") or ""), mark)]
    if tag == "input":
        return [(_input(element), "")]
    if tag in _CODE:
        code = one_line("".join(element.itertext()))
        return [(f"`{code}`" if code and "`" not in code else code, "")]
    if tag == "math":
        return [(_math(element), "")]
    if tag in {"rt", "rp"}:
        return [(f"({''.join(element.itertext())})" if tag == "rt" else "", "")]
    runs = _inner_runs(element, _MARKS.get(tag, mark))
    if tag == "a" and (href := (element.get("href") or "").strip()):
        text = one_line(folded(runs))
        if text and not href.lower().startswith(("javascript:", "data:")) and "](" not in text:
            edges = folded(runs)
            before, after = " " * edges[:1].isspace(), " " * edges[-1:].isspace()
            return [(f"{before}[{text}]({href.replace(' ', '%20')}){after}", "")]
    return runs


def _inner_runs(element: Any, mark: str) -> list[Run]:
    runs: list[Run] = [(spaces(element.text), mark)] if element.text else []
    for inner in element:
        tag = tag_of(inner)
        if tag == "br":
            runs.append(("\n", ""))
        elif tag and tag not in SKIPPED and not is_hidden(inner):
            runs += inline_runs(inner, mark) if tag in INLINE else [(" ", ""), *inline_runs(inner, mark), (" ", "")]
        if inner.tail:
            runs.append((spaces(inner.tail), mark))
    return runs


def folded(runs: list[Run]) -> str:
    """Runs as text; spaces single, line breaks only where the page has <br>."""
    lines = [re.sub(r" {2,}", " ", line).strip() for line in emphasis(runs).split("\n")]
    edge = emphasis(runs)
    text = "\n".join(line for line in lines if line)
    return " " * edge[:1].isspace() + text + " " * edge[-1:].isspace() if text else ""


def spaces(text: str) -> str:
    """White space means a space in HTML; a line break is only <br>."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", clean(text))


def _input(element: Any) -> str:
    kind = (element.get("type") or "text").lower()
    if kind in {"checkbox", "radio"}:
        return "[x] " if element.get("checked") is not None else "[ ] "
    return "" if kind in {"hidden", "password", "submit"} else str(element.get("value") or "")


def _math(element: Any) -> str:
    for inner in element.iter():
        if tag_of(inner) == "annotation" and "tex" in (inner.get("encoding") or ""):
            return f"${one_line(''.join(inner.itertext()))}$"
    return one_line(" ".join(element.itertext()))


def is_hidden(element: Any) -> bool:
    """Whether the page says that it must not be shown."""
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def tag_of(element: Any) -> str:
    """The element's name in lower case without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
