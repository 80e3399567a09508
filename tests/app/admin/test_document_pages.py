"""Pages of PDF files: for readers only, with the place of the words cited, and only while the file is the one cited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ingestion import uploads
from ingestion.uploads import ParsedText
from tests.app.conftest import Api
from tests.ingestion.parsing.files import pdf

TEXT = "Pump manual\fRinse the tank twice."
FILE = pdf([[(72.0, 760.0, 20.0, "Pump manual")], [(72.0, 700.0, 10.0, "Rinse the tank twice.")]])


async def uploaded(api: Api, show: Callable[..., Any], text: str = TEXT) -> str:
    """A PDF file of two pages for the group staff, indexed."""
    body: dict[str, Any] = {"files": {"file": ("a.pdf", FILE, "application/pdf")}, "data": {"readers": ["staff"]}}
    document = (await api.call("POST", "/v1/documents", **body)).json()["id"]
    parsed = ParsedText("Pump", text, "en", {"pages": "2"})
    with api.engine.begin() as connection:
        held = uploads.claim(connection, document, 1)
        assert held
        api.originals.keep_parsed(held.original, parsed)
        assert uploads.finish(connection, held, parsed, lambda record: api.publisher.publish([record]))
    show(api, source="files", key="a.pdf", readers=["staff"], updated_at=datetime.now(UTC), text=text)
    return str(document)


async def test_a_reader_sees_the_page_and_where_the_words_stand(api: Api, show: Callable[..., Any]) -> None:
    path = f"/v1/documents/{await uploaded(api, show)}/pages/2"
    who: dict[str, Any] = {"role": "employee", "groups": ["staff"]}
    page = await api.call("GET", f"{path}?width=310&version=1", **who)
    assert (page.status_code, page.headers["content-type"]) == (200, "image/png")
    assert (page.headers["cache-control"], page.headers["x-document-pages"]) == ("private, no-cache", "2")
    again = await api.call("GET", f"{path}?width=310", headers={"If-None-Match": page.headers["etag"]}, **who)
    assert again.status_code == 304
    start = TEXT.index("tank")
    marks = (await api.call("GET", f"{path}/marks?start={start}&end={start + 4}&version=1", **who)).json()
    [box] = marks["boxes"]
    assert 0.15 < box["left"] < 0.3
    assert 0.1 < box["top"] < 0.2


async def test_who_is_no_reader_sees_no_page(api: Api, show: Callable[..., Any]) -> None:
    path = f"/v1/documents/{await uploaded(api, show)}/pages/1"
    for who in ({"groups": ["sales"]}, {"tenant": "other", "groups": ["staff"]}):
        for one in (path, f"{path}/marks?start=0&end=4"):
            assert (await api.call("GET", one, **who)).status_code == 404


async def test_a_page_that_is_not_there_and_a_file_replaced_since_are_not_found(
    api: Api, show: Callable[..., Any]
) -> None:
    document = await uploaded(api, show)
    who: dict[str, Any] = {"groups": ["staff"]}
    assert (await api.call("GET", f"/v1/documents/{document}/pages/3", **who)).status_code == 404
    more = {"version": 2, "updated_at": datetime.now(UTC), "text": "Rinse once."}
    show(api, source="files", key="a.pdf", readers=["staff"], **more)
    assert (await api.call("GET", f"/v1/documents/{document}/pages/1?version=1", **who)).status_code == 404
    assert (await api.call("GET", f"/v1/documents/{document}/pages/1?version=2", **who)).status_code == 200


async def test_names_of_sources_are_those_of_documents_that_the_caller_reads(
    api: Api, show: Callable[..., Any]
) -> None:
    show(api, source="erp", key="a", readers=["staff"])
    show(api, source="files", key="b", readers=["public"])
    staff = (await api.call("GET", "/v1/source-names", role="employee", groups=["staff"])).json()["items"]
    assert [(one["name"], one["documents"]) for one in staff] == [("erp", 1), ("files", 1)]
    others = (await api.call("GET", "/v1/source-names", role="customer")).json()["items"]
    assert [one["name"] for one in others] == ["files"]
    assert len((await api.call("GET", "/v1/suggestions?language=zh", groups=["staff"])).json()["items"]) == 3
    assert (await api.call("GET", "/v1/suggestions", role="customer")).json()["items"] == []
