from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.cleaning.clean import clean, storable, trace
from ingestion.cleaning.model import Draft, Pack
from ingestion.cleaning.pack import built_in_names, built_in_pack, load_pack

PIECES = st.sampled_from(
    [
        "Pump 15bar at 200°F, qty 3, PM due. ",
        "压力15bar，请联系售后 13812345678。",
        "# Heading\n\n",
        "\f",
        "\r\n",
        "\n\n",
        "  ",
        "| Part | Qty |\n|---|---|\n| AB-12 | 3 |\n",
        "\n```\nqty   15bar\n```\n",
        "Order no. 13812345678 ",
        "mail a.b@x.org ",
        "Ã©",
        "ＡＢ１２",
        "\u200b",
        "\ufffd",
        "\x00",
        "`15bar`",
        "https://x.org/15bar?qty=3 ",
        "card 4111 1111 1111 1111. ",
        "The same long paragraph stands here more than once today.\n\n",
        "&amp;lt;",
        "&eacute;",
        "- item 1\n",
        "\u3000\u3000段落",
        "$1.25 g",
        "维 修 手 册",
        "-20 °F ",
        "a.b.c",
        "patient id 12345678 ",
        "temp. 3公斤 ",
        "\u202e",
        "ÖÐÎÄ",
        "10 PM",
    ]
)
ORDINARY = st.text(
    alphabet=st.characters(max_codepoint=0x7E) | st.sampled_from("中文字，。（）１ａ\u3000\u200b"), max_size=150
)
PIECES_ONLY = st.lists(PIECES, max_size=14).map("".join)
TEXTS = st.one_of(PIECES_ONLY, st.text(max_size=200))


def _built_in(name: str) -> Pack:
    pack = built_in_pack(name)
    assert pack is not None
    return pack


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(built_in_names()), st.sampled_from(["en", "zh"]), ORDINARY | PIECES_ONLY, ORDINARY | PIECES_ONLY)
def test_cleaning_a_clean_draft_changes_nothing(name: str, language: str, title: str, text: str) -> None:
    pack = _built_in(name)
    first = clean(Draft(title, text, language, readers=("public",)), pack)
    if first.action == "keep":
        assert clean(first.draft, pack).draft == first.draft


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(built_in_names()), TEXTS)
def test_the_same_draft_gives_the_same_verdict(name: str, text: str) -> None:
    pack = _built_in(name)
    assert clean(Draft("t", text), pack) == clean(Draft("t", text), pack)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(built_in_names()), TEXTS)
def test_every_page_break_stays(name: str, text: str) -> None:
    verdict = clean(Draft("t", text, readers=("public",)), _built_in(name))
    if verdict.action == "keep":
        assert verdict.draft.text.count("\f") == text.count("\f")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(built_in_names()), TEXTS, st.text(alphabet=st.characters(codec=None), max_size=40))
def test_what_is_kept_can_be_stored(name: str, text: str, metadata: str) -> None:
    draft = clean(Draft("t", text, metadata={"note": metadata}), _built_in(name)).draft
    for value in (draft.title, draft.text, *draft.metadata.values()):
        assert "\x00" not in value
        assert value.encode("utf-8").decode("utf-8") == value


def test_identifiers_survive_every_pack() -> None:
    text = (
        "Order no. 13812345678, order #W2378156, part AB-15bar-3, SKU 6901234567892, M8x15, E41, EN-1092, ABC_PM_1, "
        "serial 617-555-0834, 订单号：13912345678，型号KC-200PM，IMEI 356938035643809, tracking 1Z999AA10123456784."
    )
    for name in built_in_names():
        assert clean(Draft("t", text, language="en", readers=("public",)), _built_in(name)).draft.text == text, name


def test_markdown_structure_survives_every_pack() -> None:
    text = (
        "# Title\n\nText.\n\n| Field | Value |\n|:---|---:|\n| a | b |\n\n- one\n  - two\n    1. three\n\n> quote\n\n"
        "```python\ndef f():\n    return   1\n\n\n\nx\n```\n\nline one  \nline two\n\n"
        "[link](https://example.org/a_(b)) **bold**"
    )
    for name in built_in_names():
        assert clean(Draft("t", text, language="en"), _built_in(name)).draft.text == text, name


def test_a_rejecting_step_ends_the_run() -> None:
    pack = load_pack("steps: [{length: {min: 10, too_short: reject}}, {required: {fields: [title]}}]", "p")
    stages = list(trace(Draft("", "short"), pack))
    assert [stage.step for stage in stages] == ["storable", "length"]
    verdict = clean(Draft("", "short"), pack)
    assert (verdict.action, verdict.reason) == ("reject", "too short: 5 characters, at least 10 are wanted")


def test_a_step_for_some_kinds_leaves_the_others_alone() -> None:
    pack = load_pack("steps: [{required: {fields: [price], kinds: [product]}}]", "p")
    assert clean(Draft("t", "x", kind="ticket"), pack).action == "keep"
    assert clean(Draft("t", "x", kind="product"), pack).action == "reject"


def test_null_bytes_and_lone_surrogates_go_whatever_the_pack_says() -> None:
    pack = load_pack("steps: [{length: {min: 0}}]", "p")
    verdict = clean(Draft("a\x00b", "\ud83d\ude00 \ud800", metadata={"k\x00": "v\udfff"}), pack)
    assert (verdict.draft.title, verdict.draft.text) == ("ab", "\U0001f600 \ufffd")
    assert dict(verdict.draft.metadata) == {"k": "v\ufffd"}
    assert [note.step for note in verdict.notes] == ["storable"]


def test_a_title_is_one_line_whatever_the_pack_says() -> None:
    pack = load_pack("steps: [{length: {min: 0}}]", "p")
    assert clean(Draft("a\n```\r\nb", "x"), pack).draft.title == "a ``` b"


@given(st.text())
def test_storable_leaves_storable_text_alone(text: str) -> None:
    assert storable(text) == text.replace("\x00", "")


def test_a_broken_mixed_document_comes_out_right() -> None:
    text = "\ufeff# ＫＣ２００\r\n\r\nDer Kaffee fÃ¼r Sie \u200f。\u200b１２３，价格：￥５００！\x00"
    text += "\r\n\f\r\n第二页\u00a0 内容  "
    verdict = clean(Draft(" KC200 \n manual ", text), _built_in("default"))
    assert verdict.draft.text == "# KC200\n\nDer Kaffee für Sie 。123，价格：￥500！\f第二页 内容"
    assert verdict.draft.title == "KC200 manual"
