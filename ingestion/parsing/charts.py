"""The numbers behind a chart of Office as a table."""

from __future__ import annotations

from ingestion.parsing.markdown import one_line
from ingestion.parsing.xml_reader import Element, attribute, child, children, descendants

_MAX_POINTS = 2000


def chart_rows(root: Element | None) -> tuple[str, list[list[str]]]:
    """A chart's title and its table: a row for each category, a column for each series; empty where there is none."""
    title = one_line(" ".join(part.text or "" for part in descendants(child(root, "chart", "title"), "t")))
    series = descendants(root, "ser")
    if not series:
        return title, []
    categories: dict[int, str] = {}
    columns: list[tuple[str, dict[int, str]]] = []
    for one in series:
        for kind in ("cat", "xVal"):
            categories.update(_points(child(one, kind)))
        name = " ".join(_points(child(one, "tx")).values())
        values = _points(child(one, "val")) or _points(child(one, "yVal"))
        columns.append((name, values))
    places = sorted({place for _, values in columns for place in values} | set(categories))[:_MAX_POINTS]
    head = ["", *(name for name, _ in columns)]
    return title, [
        head,
        *(
            [categories.get(place, str(place + 1)), *(values.get(place, "") for _, values in columns)]
            for place in places
        ),
    ]


def _points(element: Element | None) -> dict[int, str]:
    found: dict[int, str] = {}
    for point in descendants(element, "pt"):
        index, value = attribute(point, "idx"), children(point, "v")
        if index.isdigit() and value:
            found[int(index)] = one_line(value[0].text or "")
    return found
