"""What people do in the portal takes effect at once on the running product: files, readers, rules, contracts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages import enter
from tests.product import ROOT, Product, wait_until

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("settled")]

_COPIED = 8
_WRITTEN = {
    "md": "# Quorblat {n}\n\nThe Quorblat {n} opens at {n}7 bar.\n",
    "txt": "The Quorblat {n} opens at {n}7 bar.\n",
    "html": "<!doctype html><title>Quorblat {n}</title><h1>Quorblat {n}</h1><p>The Quorblat {n} opens at {n}7 bar.</p>",
    "csv": "name,opens at\nQuorblat {n},{n}7 bar\n",
}


def mixed_files(folder: Path) -> list[Path]:
    """Twenty files of many kinds, those of the sample's documents among them, with names of their own."""
    kinds: dict[str, Path] = {}
    for path in sorted((ROOT / "samples" / "documents").rglob("*.*")):
        kinds.setdefault(path.suffix, path)
    files = []
    for path in list(kinds.values())[:_COPIED]:
        files.append(folder / f"way-{len(files):02}{path.suffix}")
        shutil.copy(path, files[-1])
    for number in range(20 - len(files)):
        ending = list(_WRITTEN)[number % len(_WRITTEN)]
        files.append(folder / f"way-{len(files):02}.{ending}")
        files[-1].write_text(_WRITTEN[ending].format(n=number + 1), encoding="utf-8")
    return files


def ask(page: Page, question: str) -> None:
    """Ask in `/ask`, and wait for the whole answer."""
    page.goto("/ask")
    page.get_by_role("textbox", name="question").first.fill(question)
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("button", name="Good answer").or_(page.get_by_text("I found nothing")).first
    ).to_be_visible()


def test_twenty_files_become_searchable_and_nobody_but_their_readers_finds_them(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    files = mixed_files(tmp_path)
    editor, reader = enter(browser, product, "eve"), enter(browser, product, "ada")
    editor.goto("/admin/documents")
    editor.locator("input[type=file]").first.set_input_files(files)
    dialog = editor.get_by_role("dialog").last
    dialog.get_by_role("button", name="employees").click()
    dialog.get_by_role("button", name="Upload 20 files").click()
    editor.get_by_role("searchbox").fill("way-")
    searchable = editor.get_by_role("row").filter(has_text="Searchable")
    expect(searchable).to_have_count(20, timeout=180_000)
    question = "At how many bar does the Quorblat 5 open?"
    ask(reader, question)
    expect(reader.locator("main")).to_contain_text("57 bar")
    asked = reader.url

    editor.get_by_role("checkbox", name="Select all").check()
    editor.get_by_role("button", name="Change readers").click()
    dialog = editor.get_by_role("dialog").last
    dialog.get_by_role("button", name="finance").click()
    dialog.get_by_role("button", name="Save").click()
    expect(editor.get_by_text("20 documents changed")).to_be_visible()
    ask(reader, question)
    expect(reader.locator("main")).not_to_contain_text("57 bar")
    reader.goto(asked)
    expect(reader.locator("main")).to_contain_text("Quorblat")
    expect(reader.locator("main")).not_to_contain_text("57 bar")
    with product.client("fin", ["employees", "finance"], ["employee"]) as finance:
        done = finance.post("/v1/chat", json={"message": question}).json()
    assert "57 bar" in done["answer"]
    for page in (editor, reader):
        page.context.close()


def in_widget(page: Page, words: str) -> str:
    """What the widget answers."""
    box = page.get_by_role("textbox", name="Write a message…")
    box.fill(words)
    box.press("Enter")
    log = page.get_by_role("log")
    expect(log.get_by_text(words, exact=True).last).to_be_visible()
    expect(log.locator("[aria-busy=true]")).to_have_count(0)
    return log.locator(".w-answer").last.inner_text()


def write_rule(page: Page) -> None:
    """A new rule set: who speaks of tea kettles is told that there are none."""
    page.goto("/admin/rules")
    page.get_by_role("button", name="New rule set").click()
    page.get_by_label("Name").fill("tea")
    page.get_by_role("dialog").get_by_role("button", name="New rule set").click()
    page.get_by_role("combobox", name="Add a condition").select_option("says")
    page.get_by_label("rule-1 says").fill("tea kettle; 茶壶")
    page.get_by_label("rule-1 says").press("Tab")
    page.get_by_role("button", name="Choose …").click()
    page.get_by_label("Action").select_option("answer")
    page.get_by_label("Text in English").fill("We make espresso machines and no kettles.")
    page.get_by_label("Text in Chinese").fill("我们只做咖啡机，不做茶壶。")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Everything is in order")).to_be_visible()
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved as version 1")).to_be_visible()
    page.get_by_role("tab", name="Versions").click()


def test_a_rule_is_tried_in_the_shadow_then_the_widget_obeys(browser: Browser, product: Product) -> None:
    editor, visitor = enter(browser, product, "eve"), enter(browser, product, "")
    write_rule(editor)
    editor.get_by_role("button", name="Put in shadow").click()
    expect(editor.get_by_role("button", name="End shadow")).to_be_visible()
    visitor.goto("/demo")
    visitor.get_by_role("button", name="Chat with us").click()
    assert "no kettles" not in in_widget(visitor, "Do you sell a tea kettle?")
    editor.get_by_role("tab", name="Shadow").click()
    expect(editor.get_by_role("row").filter(has_text="rule-1")).to_contain_text("1")
    editor.get_by_role("tab", name="Versions").click()
    editor.get_by_role("button", name="Activate").click()
    editor.get_by_role("dialog").get_by_role("button", name="Activate").click()
    expect(editor.get_by_text("Active: Version 1")).to_be_visible()
    assert "We make espresso machines and no kettles." in in_widget(visitor, "But a tea kettle is all I want")
    for page in (editor, visitor):
        page.context.close()


CONTRACT = """\
source: shelf
connection: {url}
tables: [public.shelf]
documents:
  - kind: book
    sql: SELECT id, name, place FROM shelf
    key: [id]
    title: "{{name}}"
    text: "{{name}} stands {{place}}."
    readers: [public]
"""


def test_a_contract_is_tried_applied_paused_resumed_and_removed(
    browser: Browser, product: Product, admin_password: str
) -> None:
    with product.database("shelf") as shelf, product.client() as client:
        shelf.execute("CREATE TABLE shelf (id integer PRIMARY KEY, name text, place text)")
        shelf.execute("ALTER TABLE shelf REPLICA IDENTITY FULL")
        shelf.execute("INSERT INTO shelf VALUES (1, 'Zumbrel atlas', 'in row nine')")

        def found(words: str) -> bool:
            answer = client.post("/v1/search", json={"query": words, "sources": ["shelf"]}).json()
            return any(words in passage["text"] for passage in answer.get("passages", ()))

        page = enter(browser, product, "admin", admin_password, viewport={"width": 1440, "height": 900})
        page.goto("/admin/sources")
        page.get_by_role("button", name="New source").click()
        page.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        url = product.database_url.rsplit("/", 1)[0] + "/shelf"
        page.keyboard.insert_text(CONTRACT.format(url=url))
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text("Zumbrel atlas stands in row nine.")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Apply").click()
        row = page.get_by_role("row").filter(has_text="shelf")
        expect(row).to_contain_text("Running", timeout=60_000)
        wait_until(lambda: found("Zumbrel atlas stands in row nine"), 60, "the first row")
        shelf.execute("INSERT INTO shelf VALUES (2, 'Zumbrel map', 'by the door')")
        wait_until(lambda: found("Zumbrel map stands by the door"), 20, "the second row")
        expect(row.get_by_role("cell", name="2", exact=True)).to_be_visible()

        page.get_by_role("button", name="Pause").click()
        expect(row).to_contain_text("Paused")
        wait_until(lambda: _state(client) == "paused", 60, "the pause")
        shelf.execute("UPDATE shelf SET place = 'in the cellar' WHERE id = 2")
        page.get_by_role("button", name="Resume").click()
        wait_until(lambda: found("Zumbrel map stands in the cellar"), 60, "what changed during the pause")
        expect(row).to_contain_text("Running")

        page.get_by_role("button", name="Remove").click()
        page.get_by_role("dialog").last.get_by_role("button", name="Remove").click()
        expect(row).to_have_count(0, timeout=60_000)
        assert not found("Zumbrel map")
        page.context.close()


def _state(client: object) -> str:
    return str(client.get("/v1/sources/shelf/status").json()["status"].get("state"))  # type: ignore[attr-defined]
