"""Books (EPUB): the chapters in the order of the spine, each an HTML page."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from ingestion.parsing.encoding import decode
from ingestion.parsing.html_page import html_to_markdown
from ingestion.parsing.model import Draft, Source
from ingestion.parsing.relations import Package
from ingestion.parsing.xml_reader import attribute, descendants


def parse_epub(source: Source) -> Draft:
    """Every chapter; a book without pages, as its reader decides where they end."""
    package = Package(source, "EPUB book")
    roots = [attribute(one, "full-path") for one in descendants(package.xml("META-INF/container.xml"), "rootfile")]
    book = package.xml(roots[0]) if roots else None
    if book is None:
        raise source.broken("EPUB book")
    folder = posixpath.dirname(roots[0])
    files = {attribute(one, "id"): unquote(attribute(one, "href")) for one in descendants(book, "item")}
    chapters = [files[key] for one in descendants(book, "itemref") if (key := attribute(one, "idref")) in files]
    texts = []
    for number, href in enumerate(chapters, 1):
        source.progress("chapter", number, len(chapters))
        name = posixpath.normpath(posixpath.join(folder, href))
        if name in package.archive:
            texts.append(html_to_markdown(decode(package.archive.read(name)), source))
    titles = descendants(book, "title")
    return Draft("".join(titles[0].itertext()) if titles else "", ("\n\n".join(texts),), "application/epub+zip")
