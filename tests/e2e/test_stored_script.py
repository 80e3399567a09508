"""Stored script never runs: fifty payloads in every field that a person can fill, and every page that shows them.

They go in by the HTTP API, where each is taken or refused. What is taken must be read as text: no page holds an element
or attribute of theirs, nothing runs or is fetched, and nothing is stopped by the Content-Security-Policy alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from email import message_from_bytes
from email.policy import default as modern
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import Error as BrowserError

from app.identity.passwords import SAMPLE_PASSWORD
from tests.browser import open_context
from tests.e2e.pages import PLACES, Place
from tests.e2e.stored.documents import change_documents, drop_letters, plant_documents, plant_files
from tests.e2e.stored.faces import Faces
from tests.e2e.stored.payloads import PAYLOADS, marks, parcels
from tests.e2e.stored.planting import AGENT, AGENT_PASSWORD, NUMBERED, Planting
from tests.e2e.stored.portal import plant_pack, plant_portal
from tests.e2e.stored.talks import plant_questions, plant_talks, talk_to_person
from tests.e2e.stored.watch import Watch
from tests.product import Product

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("settled")]

ALL = {number for number, _ in NUMBERED}
PAGES = [place for place in PLACES if place.steps is None]
LEAST = {
    "conversation title": 40, "customer's name": 25, "dead letter": 45, "document title": 50,
    "feedback assignee": 45, "feedback comment": 50, "feedback note": 50, "file name, path, metadata": 45,
    "group description": 50, "key name": 25, "message": 48, "pack": 50, "record": 45, "row of a source": 50,
    "rule texts, phrases, notes": 48, "site closed text": 50, "site name, greeting": 40,
    "user display name, e-mail": 45,
}  # fmt: skip
"""How many payloads a field takes at least that takes what people write: some are too long for it, some hold control
characters, and what is a reader's or customer's name holds no quotes."""

FILTERS = (
    "action", "actor", "confidence_below", "decision", "next", "object", "order", "q", "query", "rating", "reader",
    "reason", "rule", "since", "sort", "source", "state", "tab",
)  # fmt: skip
"""Names that some page reads from its address."""

OPENED = (
    "/admin/conversations/", "/admin/documents/", "/admin/feedback/", "/admin/rules/", "/admin/", "/agent/", "/ask/c/",
    "/ask/shared/",
)  # fmt: skip


@pytest.fixture(scope="module")
def planting(product: Product, admin_password: str) -> Iterator[Planting]:
    """Everything planted; taken away in the end."""
    with ExitStack() as undo:
        planted = Planting(product, admin_password, undo)
        undo.callback(drop_letters, planted)
        plant_questions(planted)
        plant_pack(planted)
        plant_documents(planted)
        plant_portal(planted)
        plant_files(planted)
        plant_talks(planted)
        change_documents(planted)
        yield planted


@pytest.fixture(scope="module")
def every_face(browser: Browser, planting: Planting) -> Iterator[Faces]:
    made = Faces(browser, planting)
    yield made
    made.close()


@pytest.fixture
def faces(every_face: Faces) -> Iterator[Faces]:
    """The watched pages; what happens on them during a test fails it."""
    every_face.watch.troubles.clear()
    yield every_face
    assert every_face.watch.troubles == []


def told(client: httpx.Client, path: str, **query: str) -> set[int]:
    """The payloads that the API gives."""
    return marks(client.get(path, params=query).raise_for_status().text)


def test_the_watch_notices_what_is_taken_for_more_than_text(browser: Browser, product: Product) -> None:
    watch, context = Watch(product.url), open_context(browser, product.url)
    watch.follow(context)
    page = context.new_page()
    page.route("**/bare", lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html"))
    page.goto("/bare")
    noticed = set()
    for number, payload in NUMBERED:
        watch.troubles.clear()
        page.evaluate("(html) => { document.body.innerHTML = html; }", payload)
        watch.look(page)
        noticed |= {number} if watch.troubles else set()
    context.close()
    assert len(noticed) >= 30, noticed


@pytest.mark.parametrize("place", PAGES, ids=lambda place: place.name)
def test_no_page_runs_what_is_stored_or_stands_in_its_address(faces: Faces, place: Place) -> None:
    texts = list(parcels(190))
    text = texts[PAGES.index(place) % len(texts)]
    faces.go(place.user, f"{place.path}?{urlencode(dict.fromkeys(FILTERS, text))}#{quote(text)}")
    faces.go(place.user, place.path)


def test_lists_show_payloads_as_text(faces: Faces, planting: Planting) -> None:
    admin, run = planting.admin, planting.run
    sites = {number for site in planting.sites for number in marks(site["name"])}
    for path, expected, least in (
        (f"/admin/documents?q={run}", ALL, 50),
        ("/admin/conversations", told(admin, "/v1/turns", limit="20"), 5),
        ("/admin/feedback", told(admin, "/v1/turns", limit="45", rating="-1", feedback="open"), 35),
        ("/admin/groups", told(admin, "/v1/groups"), 50),
        ("/admin/keys", told(admin, "/v1/api-keys"), 20),
        ("/admin/sites", sites, 40),
        ("/admin/audit?action=key.added", told(admin, "/v1/audit", action="key.added", limit="80"), 20),
        ("/admin/dead-letters", told(admin, "/v1/dead-letters", state="open", limit="200"), 40),
    ):
        faces.read(faces.go("admin", path), expected, least)
    page = faces.go("admin", "/admin/users")
    page.get_by_role("searchbox").fill(run)
    faces.read(page, told(admin, "/v1/users", query=run), 45)
    page.get_by_role("row").filter(has_text=f"{run}-7").first.click()
    faces.read(page, {7})


def test_documents_show_payloads_as_text(faces: Faces, planting: Planting) -> None:
    for name, least in (("htm", 48), ("html", 1), ("md", 48), ("txt", 48), ("csv", 48), ("json", 48)):
        document = planting.files[name]
        page = faces.go("eve", f"/admin/documents/{document}?q={planting.run}-whole")
        faces.press(page, "tab", "Original and text")
        faces.read(page, told(planting.eve, f"/v1/documents/{document}/text"), least)
        faces.read(page, told(planting.eve, f"/v1/documents/{document}/original"), 50)
        faces.press(page, "tab", "Passages")
        faces.read(page, told(planting.eve, f"/v1/documents/{document}/chunks"), least)
        faces.press(page, "tab", "Versions")
        faces.press(page, "button", "Compare with the newest")
    for name in (next(iter(planting.files)), "svg"):
        page = faces.go("eve", f"/admin/documents/{planting.files[name]}?q={planting.run}-whole")
        page.locator("summary").filter(has_text="Metadata").or_(page.get_by_role("tab").first).last.click()
        faces.press(page, "tab", "Original and text")


def test_originals_are_saved_and_never_run(faces: Faces, planting: Planting) -> None:
    for document in planting.files.values():
        answer = planting.eve.get(f"/v1/documents/{document}/original").raise_for_status()
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    page = faces.page("eve")
    for name in ("html", "svg"):
        with pytest.raises(BrowserError, match="Download is starting"):
            page.goto(f"/v1/documents/{planting.files[name]}/original")
        faces.watch.look(page)


def test_what_editors_write_is_shown_as_text(faces: Faces, planting: Planting) -> None:
    run, eve = planting.run, planting.eve
    page = faces.go("eve", f"/admin/rules/{run}")
    faces.read(page, ALL - {19, 20})
    page.locator(".a-grid td button").nth(1).click()
    faces.settle(page)
    page.keyboard.press("Escape")
    faces.press(page, "tab", "YAML")
    faces.read(page, ALL - {19, 20})
    for name in ("Try", "Versions"):
        faces.press(page, "tab", name)
    faces.read(page, told(eve, f"/v1/rules/{run}/versions"), 45)
    page.get_by_role("button", name="Compare").first.click()
    faces.read(page, ALL)
    page = faces.go("eve", "/admin/cleaning")
    page.get_by_role("row").filter(has_text=run).click()
    faces.read(page, ALL, 45)
    faces.press(page, "tab", "Try")
    page.get_by_role("textbox", name="Text").fill("\n".join(PAYLOADS).replace("\x00", ""))
    faces.press(page, "button", "Try it")
    faces.press(page, "tab", "Versions")
    faces.press(page, "button", "Compare")
    page = faces.go("admin", "/admin/sources")
    page.get_by_role("row").filter(has_text=run).click()
    faces.read(page, ALL, 45)


def test_dialogs_show_payloads_as_text(faces: Faces, planting: Planting) -> None:
    page = faces.go("admin", "/admin/groups")
    page.get_by_role("row").filter(has_text=f"{planting.run}-7 ").first.click()
    faces.read(page, {7})
    page = faces.go("admin", "/admin/sites")
    page.get_by_role("row").filter(has_text="window.zq=9)").first.click()
    page.locator("summary").click()
    faces.settle(page)
    page = faces.go("admin", "/admin/dead-letters")
    page.get_by_role("row").filter(has_text="window.zq=7)").last.click()
    faces.settle(page)


def test_turns_are_replayed_as_text(faces: Faces, planting: Planting) -> None:
    for name, least in (("rule", 50), ("file", 1), ("part", 1)):
        turn = planting.talk[name]
        faces.read(faces.go("eve", f"/admin/conversations/{turn}"), told(planting.eve, f"/v1/turns/{turn}"), least)
    faces.read(faces.go("eve", f"/admin/feedback/{planting.talk['rule']}"), ALL)


def test_a_conversation_is_shown_and_shared_as_text(faces: Faces, planting: Planting) -> None:
    conversation = planting.talk["conversation"]
    page = faces.go("ada", f"/ask/c/{conversation}")
    faces.read(page, told(planting.ada, f"/v1/conversations/{conversation}"), 45)
    for source in page.get_by_role("button", name=re.compile("^Source ")).all()[:4]:
        source.hover()
        source.click()
        faces.settle(page)
    faces.read(page, told(planting.ada, "/v1/conversations", limit="40"), 5)
    page.get_by_role("searchbox").fill("window.zq=7)")
    faces.read(page, {7})
    page = faces.go("ben", f"/ask/shared/{planting.talk['share']}")
    faces.read(page, ALL, 45)


def test_a_visitor_and_an_agent_read_each_other_as_text(faces: Faces, planting: Planting) -> None:
    agent = faces.agent()
    conversation = planting.visit["conversation"]
    agent.goto(f"/agent/{conversation}")
    agent.get_by_role("button", name=re.compile("^(Claim|Take over)")).click()
    expect(agent.get_by_role("button", name="Give back")).to_be_visible()
    visitor = faces.page("")
    in_widget(visitor, planting.visit["site"])
    keep_visit(visitor, planting)
    visitor.goto("/demo")
    visitor.evaluate("(identity) => globalThis.Freshet.identify(identity)", planting.visit["identity"])
    visitor.evaluate("() => globalThis.Freshet.open()")
    talk_to_person(planting, planting.person(f"{planting.run}-{AGENT}", AGENT_PASSWORD))
    assert planting.taken["agent's reply"] >= 49
    assert planting.taken["visitor's message to a person"] >= 48
    for page in (visitor, agent):
        faces.read(page, ALL, 50)
    faces.press(agent, "button", "Suggest an answer")
    faces.go("ben", "/agent")
    transcript = planting.visit["client"].get(f"/v1/conversations/{conversation}/transcript").raise_for_status()
    assert_is_letter(transcript)
    agent.get_by_role("button", name="Close", exact=True).click()
    agent.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(agent.get_by_role("button", name="Give back")).to_have_count(0)


def test_what_a_site_says_is_shown_as_text(faces: Faces, planting: Planting) -> None:
    page, seen = faces.page(""), set()
    for site in planting.sites[: len(list(parcels(490))) + 1]:
        in_widget(page, site["public_key"])
        page.goto("/demo")
        page.evaluate("() => globalThis.Freshet.open()")
        expect(page.locator(".w-closed")).to_be_visible()
        seen |= faces.watch.look(page)
    assert seen >= ALL, sorted(ALL - seen)


def test_no_address_runs(faces: Faces, planting: Planting) -> None:
    texts = [" ".join(text.split()) for text in parcels(200)]
    for at, path in enumerate(OPENED):
        faces.go("admin", path + quote(texts[at % len(texts)], safe=""))
    page = faces.page("")
    for following in ("javascript:alert(window.zq=17)", "//evil.example/", "/\\evil.example/", "data:text/html,x"):
        page.goto(f"/?next={quote(following)}")
        page.get_by_label("User name").fill("chen")
        page.get_by_label("Password", exact=True).fill(SAMPLE_PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("link", name="Documents").or_(page.get_by_role("main")).first).to_be_visible()
        faces.settle(page)
        page.context.clear_cookies()


def in_widget(page: Page, site: str) -> None:
    """Let the demo shop carry the widget of another site."""

    def change(route: Route) -> None:
        visit: dict[str, Any] = route.request.post_data_json or {}
        route.continue_(post_data={**visit, "site_key": site})

    page.unroute_all()
    page.route("**/v1/widget/session", change)


def keep_visit(page: Page, planting: Planting) -> None:
    """What the browser of the planted visitor has kept."""
    visit = planting.visit
    kept = {"visitor": visit["visitor"], f"conversation.{visit['identity']['user']}": visit["conversation"]}
    names = {f"freshet.widget.pk_tassberg_demo_shop.{name}": value for name, value in kept.items()}
    page.goto("/demo")
    page.evaluate("(kept) => Object.entries(kept).forEach(([name, value]) => localStorage.setItem(name, value))", names)


def assert_is_letter(answer: httpx.Response) -> None:
    """A conversation is saved as a letter whose HTML has no element of anybody's but its own."""
    assert answer.headers["Content-Disposition"].startswith("attachment")
    letter: Any = message_from_bytes(answer.content, policy=modern)
    page = letter.get_body(("html",)).get_content()
    assert marks(page) >= ALL
    assert set(re.findall(r"<(\w+)", page)) == {"html", "body", "p", "b", "small", "br"}


def test_every_field_took_or_refused_every_payload(planting: Planting) -> None:
    tried = planting.taken + planting.refused
    lines = [f"{name}: {planting.taken[name]} taken, {planting.refused[name]} refused" for name in sorted(tried)]
    sys.stdout.write("\n".join([*lines, f"{len(tried)} fields, {tried.total()} tries\n"]))
    assert {name: planting.taken[name] for name, least in LEAST.items() if planting.taken[name] < least} == {}
    whole = {"contract", "file text", "visitor's message"}
    assert {name for name, count in tried.items() if count < len(PAYLOADS)} == whole, "these hold all payloads at once"
