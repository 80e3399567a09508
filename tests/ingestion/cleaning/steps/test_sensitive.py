from __future__ import annotations

from typing import Any

from ingestion.cleaning.model import Draft, Verdict
from ingestion.cleaning.steps.sensitive_options import SensitiveOptions


def applied(draft: Draft, *rules: dict[str, Any]) -> Verdict:
    return SensitiveOptions.model_validate({"rules": list(rules)}).build().apply(draft)


EMAIL = {"find": "email"}


def test_title_text_code_and_metadata_are_masked_and_notes_never_quote() -> None:
    draft = Draft("from jo@x.org", "a `jo@x.org`\n```\nal@y.com\n```", metadata={"contact": "jo@x.org"})
    verdict = applied(draft, EMAIL)
    assert verdict.draft == Draft("from [email]", "a `[email]`\n```\n[email]\n```", metadata={"contact": "[email]"})
    assert [note.message for note in verdict.notes] == ["email: 4 masked"]


def test_the_name_of_a_metadata_field_is_read_as_its_label() -> None:
    draft = Draft("t", "x", metadata={"phone": "6175550834", "order": "13812345678"})
    assert dict(applied(draft, {"find": "phone"}).draft.metadata) == {"phone": "[phone]", "order": "13812345678"}


def test_full_width_digits_are_found_where_they_stand() -> None:
    assert applied(Draft("t", "手机：１３８１２３４５６７８。"), {"find": "phone"}).draft.text == "手机：[phone]。"


def test_masks_can_be_named_and_keep_their_last_characters() -> None:
    rule = {"find": "bank_card", "mask": "[卡号]", "keep_last": 4}
    assert applied(Draft("t", "card 4111 1111 1111 1111"), rule).draft.text == "card [卡号 …1111]"


def test_allowed_values_and_domains_stay() -> None:
    rules = [{"find": "email", "allow": ["@shop.com", "jo@x.org"]}, {"find": "phone", "allow": ["617-555-0834"]}]
    text = "help@shop.com JO@x.org (617) 555-0834 al@y.com 617-555-0835"
    assert applied(Draft("t", text), *rules).draft.text == "help@shop.com JO@x.org (617) 555-0834 [email] [phone]"


def test_drop_and_reject_end_the_document_without_quoting() -> None:
    for action in ("drop", "reject"):
        verdict = applied(Draft("t", "jo@x.org"), {"find": "email", "action": action})
        assert (verdict.action, verdict.reason) == (action, "holds sensitive data: email")


def test_a_rule_that_ends_is_not_hidden_by_a_longer_mask() -> None:
    rules = [EMAIL, {"find": "pattern", "name": "secret", "pattern": "jo", "action": "reject"}]
    assert applied(Draft("t", "jo@x.org"), *rules).action == "reject"


def test_overlapping_masks_leave_nothing_between_them() -> None:
    rules = [
        {"find": "pattern", "name": "one", "pattern": "abcd"},
        {"find": "pattern", "name": "two", "pattern": "defghi"},
    ]
    assert applied(Draft("t", "xabcx defghi"), *rules).draft.text == "xabcx [two]"
    rules[1]["pattern"] = "cd?efg|bc"
    assert applied(Draft("t", "abcd"), *rules).draft.text == "[one]"


RESTRICT = {"find": "email", "action": "restrict", "restrict_to": ["service", "legal"], "within": ["employees"]}


def test_restricting_narrows_the_readers_and_keeps_the_text() -> None:
    for before, after in (
        (("public", "sales"), ("service", "legal")),
        (("employees",), ("service", "legal")),
        (("service", "sales"), ("service",)),
        (("legal",), ("legal",)),
    ):
        verdict = applied(Draft("t", "jo@x.org", readers=before), RESTRICT)
        assert (verdict.draft.readers, verdict.draft.text) == (after, "jo@x.org")


def test_restricting_never_lets_anybody_in() -> None:
    for readers in (("sales",), ("user:jo",)):
        verdict = applied(Draft("t", "jo@x.org", readers=readers), RESTRICT)
        assert verdict.action == "reject"
        assert "not among its readers" in verdict.reason
    assert applied(Draft("t", "jo@x.org"), RESTRICT).draft.readers == ()


def test_nothing_found_changes_nothing() -> None:
    draft = Draft("t", "order 10248", readers=("public",))
    assert applied(draft, EMAIL, RESTRICT) == Verdict("keep", draft)
