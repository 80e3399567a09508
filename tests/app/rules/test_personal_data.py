from __future__ import annotations

from app.rules.facts import PERSONAL_DATA
from app.rules.masking import masked_by
from app.rules.model import Action, Fired, Verdict
from app.rules.personal_data import kinds_in, masked, unsupported_kinds

TEXT = "Card ４111 1111 1111 1111, mail ann@example.org, 手机 13812345678"


def test_the_kinds_are_named_as_rules_name_them() -> None:
    assert kinds_in(TEXT) == {"bank_card", "email", "phone"}
    assert kinds_in(TEXT) <= set(PERSONAL_DATA)


def test_only_the_kinds_asked_for_are_masked_and_a_card_keeps_its_end() -> None:
    assert masked(TEXT, ["bank_card"]) == "Card [card …1111], mail ann@example.org, 手机 13812345678"
    assert masked(TEXT, PERSONAL_DATA, "zh") == "Card [银行卡号 …1111], mail [邮箱], 手机 [电话号码]"
    assert masked(TEXT, []) == TEXT


def test_what_a_source_names_is_supported_however_it_is_grouped() -> None:
    assert unsupported_kinds("call 138 1234 5678 (mobile)", ["mobile phone: 13812345678"]) == set()
    assert unsupported_kinds("mail bob@example.org", ["mail ann@example.org"]) == {"email"}


def test_a_verdict_masks_its_kinds_and_its_patterns() -> None:
    action = Action("mask", names=("email", "order"), patterns={"order": r"no\. (\d+)"})
    verdict = Verdict("before", (Fired("r", 1, "t", "x", action),))
    assert masked_by(verdict, "no. 77 by ann@example.org, no. 78") == "no. [order] by [email], no. [order]"
