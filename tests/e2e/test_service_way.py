"""A customer's whole way on the running product: the assistant, a follow-up, the own order, a person, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.pages import enter
from tests.product import Product

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("settled")]


def say(page: Page, words: str) -> None:
    """Write to whoever answers in the widget, and wait until nothing is on its way."""
    box = page.get_by_role("textbox", name=re.compile("^Write (a message|to )"))
    box.fill(words)
    box.press("Enter")
    expect(page.get_by_role("log").locator(".w-mine").last).to_contain_text(words)
    expect(page.get_by_role("log").locator("[aria-busy=true]")).to_have_count(0)


def open_chat(page: Page) -> Locator:
    """The widget on the demo shop, opened; the log of the conversation."""
    page.goto("/demo")
    page.get_by_role("button", name="Chat with us").click()
    return page.get_by_role("log")


def asks_and_follows_up(page: Page, log: Locator) -> None:
    say(page, "What does the Piccola cost?")
    expect(log.get_by_text("649.00").last).to_be_visible()
    say(page, "And how heavy is it?")
    answer = log.locator(".w-answer").last
    expect(answer).to_contain_text("8.40 kg")
    answer.locator(".w-chip").first.click()
    expect(page.get_by_role("region", name="Source 1")).to_contain_text("kg")


def names_the_order(page: Page, log: Locator) -> None:
    """Several orders are in the account: they are offered, and the number can be typed into a field of its own."""
    say(page, "Where is my order?")
    expect(page.get_by_role("button", name="Order SO-10303: shipped")).to_be_visible()
    page.get_by_label("Order number", exact=True).fill("SO-10303")
    page.get_by_label("Order number", exact=True).press("Enter")
    expect(log.locator(".w-answer").last.locator(".w-chip").first).to_contain_text("SO-10303")
    expect(log.locator(".w-answer").last).to_contain_text("shipped")


def test_a_customer_is_helped_by_the_assistant_then_by_a_person_and_given_back(
    browser: Browser, product: Product
) -> None:
    visitor, agent = enter(browser, product, ""), enter(browser, product, "ben")
    log = open_chat(visitor)
    visitor.locator("#customer").select_option("lucas.meier")
    expect(visitor.get_by_role("dialog")).to_contain_text("Tassberg")
    asks_and_follows_up(visitor, log)
    names_the_order(visitor, log)
    say(visitor, "I would like to talk to a person, please")
    expect(log.get_by_text("You are number").last).to_be_visible()

    agent.goto("/agent")
    agent.get_by_role("region", name="Waiting").get_by_role("link", name="lucas.meier").last.click()
    expect(agent.get_by_role("log")).to_contain_text("SO-10303")
    agent.get_by_role("button", name="Claim").click()
    expect(log.get_by_text("You are talking to Ben").last).to_be_visible()
    reply = agent.get_by_label("Your reply")
    reply.fill("Ben here: your parcel is with the carrier.")
    reply.press("Enter")
    expect(log.get_by_text("your parcel is with the carrier")).to_be_visible()
    say(visitor, "Great, that is all I wanted to know")
    expect(agent.get_by_role("log")).to_contain_text("that is all I wanted to know")
    visitor.reload()
    expect(log.get_by_text("your parcel is with the carrier")).to_be_visible()

    agent.get_by_role("button", name="Give back").click()
    expect(log.get_by_text("The assistant is answering again.").last).to_be_visible()
    say(visitor, "What does the Piccola cost?")
    expect(log.locator(".w-answer").last).to_contain_text("649.00")
    for page in (visitor, agent):
        page.context.close()


def test_nobody_else_is_told_of_the_order(browser: Browser, product: Product) -> None:
    page = enter(browser, product, "", locale="zh-CN")
    page.goto("/demo")
    page.get_by_role("button", name="联系客服").click()
    box = page.get_by_role("textbox", name="输入消息…")
    box.fill("我的订单到哪了？")
    box.press("Enter")
    page.get_by_label("订单号", exact=True).fill("SO-10303")
    page.get_by_label("订单号", exact=True).press("Enter")
    log = page.get_by_role("log")
    expect(log.locator(".w-answer").last).to_contain_text("没有找到“SO-10303”的记录")
    expect(log).not_to_contain_text("Nordpost")
    page.context.close()
