from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.parsing.html_page import html_to_markdown
from retrieval.errors import RejectedError
from tests.ingestion.parsing.files import read


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>A <b>b</b></h2><p>one<br>two</p>", "## A **b**\n\none\ntwo"),
        ("<ol start=3><li>x<ul><li>y</li></ul></li><li>z</li></ol>", "3. x\n    - y\n4. z"),
        ("<dl><dt>Term</dt><dd>what it means</dd></dl>", "- **Term**\n    - what it means"),
        ("<p>see <a href='https://x.example/a b'>the page</a>.</p>", "see [the page](https://x.example/a%20b)."),
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ("<p>call <code>f()</code></p>", "call `f()`"),
        ("<p>H<b>2</b>O and <i>word</i></p>", "H2O and *word*"),
        (
            "<table><caption>T</caption><tr><th colspan=2>h<tr><td>1<td>2</table>",
            "T\n\n| h | h |\n| - | - |\n| 1 | 2 |",
        ),
        (
            "<table><tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            "| a | b |\n| - | - |\n| a | c |",
        ),
        ("<p>shown<span style='display: none'>hidden</span><script>x()</script></p>", "shown"),
        ("<table role=presentation><tr><td><h1>Title</h1><p>text</p></td></tr></table>", "# Title\n\ntext"),
        ("<div>a<p>b</p>c</div>", "a\n\nb\n\nc"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert html_to_markdown(html) == markdown


def test_the_declared_character_set_is_used_and_the_title_kept(tmp_path: Path) -> None:
    page = "<html><head><meta charset=gb2312><title>退换货政策</title></head><body><p>七天无理由退货</p></body></html>"
    parsed = read(tmp_path, "p.html", page.encode("gb18030"))
    assert (parsed.title, parsed.text, parsed.language) == ("退换货政策", "七天无理由退货", "zh")


def test_a_huge_span_is_refused_instead_of_filling_the_memory(tmp_path: Path) -> None:
    rows = "<tr>" + "<td colspan=1000>x</td>" * 3 + "</tr>"
    with pytest.raises(RejectedError, match="larger than"):
        read(tmp_path, "p.html", f"<html><table>{rows * 3}</table>".encode())
