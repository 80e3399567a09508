from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingestion.cleaning.clean import clean
from ingestion.cleaning.model import Draft
from ingestion.cleaning.pack import DEFAULT_PACK, STEPS, built_in_body, built_in_names, built_in_pack, load_pack
from retrieval.errors import RejectedError


def test_the_packs_that_come_along_can_be_read() -> None:
    assert built_in_names() == ("commerce", "default", "finance", "manufacturing", "medical")
    for name in built_in_names():
        pack = built_in_pack(name)
        assert pack is not None
        assert pack.name == name
        assert pack.description
    assert built_in_pack("nothing") is None
    assert built_in_pack("../pack") is None
    assert DEFAULT_PACK in built_in_names()


def test_every_step_can_stand_in_a_pack_under_its_own_name() -> None:
    used = {entry.step.name for name in built_in_names() for entry in load_pack(built_in_body(name), name).steps}
    assert used <= set(STEPS)
    assert set(STEPS) - used == {"length"}


def test_the_fingerprint_follows_what_the_pack_says_and_nothing_else() -> None:
    first = load_pack("steps:\n  - encoding\n  - length: {min: 5}\n", "a")
    again = load_pack("# a comment\ndescription: other\nsteps: [encoding, {length: {min: 5}}]\n", "b")
    assert first.fingerprint == again.fingerprint
    for other in (
        "steps: [encoding, {length: {min: 6}}]",
        "steps: [{length: {min: 5}}, encoding]",
        "steps: [encoding]",
    ):
        assert load_pack(other, "a").fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("just words", "line 1: a pack is a mapping"),
        ("name: x\nsteps: [encoding]", "line 1: unknown entry 'name'"),
        ("steps: []", "at least one step"),
        ("steps:\n  - encoding\n  - coffee\n", "line 3: unknown step 'coffee'; known are encoding"),
        ("steps:\n  - encoding:\n      mojibak: true\n", "line 3: step 'encoding': unknown option 'mojibak'"),
        ("steps:\n  - length: {min: many}\n", "line 2: step 'length': option 'min' must be a valid integer"),
        ("steps:\n  - length: {min: 5, max: 2}\n", "line 2: step 'length': max 2 is less than min 5"),
        (
            "steps:\n  - language:\n      keep: [fr]\n",
            "line 3: step 'language': option 'keep' must be one of 'en', 'zh' or 'other'",
        ),
        ("steps:\n  - encoding: 5\n", "line 2: the options of step 'encoding' must be a mapping"),
        ("steps:\n  - [a]\n", "line 2: a step is its name"),
        ("steps:\n  - required\n", "line 2: step 'required': option 'fields' is missing"),
        ("description: [a]\nsteps: [encoding]\n", "`description` must be text"),
        ("steps: [", "line 1: not YAML"),
        ("steps:\n\t- encoding", "line 2: not YAML"),
        ("steps: &a [encoding]\nmore: *a\n", "line 2: aliases (*a) are not allowed"),
        ("steps:\n  - encoding: {mojibake: true, mojibake: false}\n", "line 2: 'mojibake' stands twice"),
        ("steps:\n  - !!python/name:os.system x\n", "line 2: could not determine a constructor"),
        ("[" * 3000 + "]" * 3000, "nested too deeply"),
        ("steps: [encoding]\n#" + "x" * 1_000_001, "larger than"),
        (
            "steps:\n - sensitive: {rules: [{find: email}]}\n - unicode\n",
            "line 2: step 'sensitive' must come after 'unicode'",
        ),
    ],
)
def test_a_wrong_pack_is_refused_with_the_line_and_the_reason(text: str, said: str) -> None:
    with pytest.raises(RejectedError) as caught:
        load_pack(text, "mine")
    assert caught.value.message.startswith("pack 'mine'")
    assert said in caught.value.message


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "((a{100}){100}){100}", "(a", "a*", "x" * 1001])
def test_a_pattern_that_is_not_safe_is_refused_with_its_line(pattern: str) -> None:
    text = "steps:\n  - sensitive:\n      rules:\n        - find: email\n"
    text += f"        - {{find: pattern, name: n, pattern: '{pattern}'}}\n"
    with pytest.raises(RejectedError, match=r"line 5: step 'sensitive': rule 2: pattern"):
        load_pack(text, "mine")


def test_yaml_words_like_no_and_on_stay_words() -> None:
    pack = load_pack("steps:\n  - abbreviations: {en: {NO: normally open, on: y, 'a/m': 12:30}}\n", "p")
    assert (
        clean(Draft("t", "The contact is NO here.", language="en"), pack).draft.text
        == "The contact is normally open (NO) here."
    )


def test_the_default_pack_loses_nothing_that_can_be_read() -> None:
    text = "Call 617-555-0834 or a@b.org, 15bar, qty 3.\n\nSame.\n\nSame.\n\nCafé “quoted” – naïve … 你好，世界！¿Qué?"
    pack = built_in_pack("default")
    assert pack is not None
    assert clean(Draft("t", text, language="en"), pack).draft.text == text


def test_commerce_masks_customers_and_keeps_orders() -> None:
    text = "Order no. 10245: card 4111-1111-1111-1111, jo@x.org, 手机 13812345678, CVV 123, 密码：abc12345。"
    pack = built_in_pack("commerce")
    assert pack is not None
    cleaned = clean(Draft("t", text, readers=("public",)), pack).draft.text
    assert (
        cleaned == "Order no. 10245: card [card …1111], [email], 手机 [phone], CVV [security code], 密码：[password]。"
    )


def test_manufacturing_gives_si_units_and_leaves_error_codes() -> None:
    pack = built_in_pack("manufacturing")
    assert pack is not None
    cleaned = clean(
        Draft("E41 porta filter", "E41: pump below 130 psi. PM at 200 °F, 3 inches.", language="en"), pack
    ).draft
    assert cleaned.title == "E41 portafilter"
    assert (
        cleaned.text
        == "E41: pump below 130 psi (0.896 MPa). preventive maintenance (PM) at 200 °F (93.3 °C), 3 inch (76.2 mm)."
    )
    chinese = clean(Draft("t", "设备PM：锅炉压力12bar，请检查O型圈。", language="zh"), pack).draft
    assert chinese.text == "设备预防性维护（PM）：锅炉压力12 bar (1.2 MPa)，请检查O形圈。"


def test_finance_sends_identity_numbers_to_the_dead_letters() -> None:
    pack = built_in_pack("finance")
    assert pack is not None
    verdict = clean(Draft("t", "Customer SSN 536-22-8726, APR 5%."), pack)
    assert (verdict.action, verdict.reason) == ("reject", "holds sensitive data: national_id")
    kept = clean(Draft("t", "Account number: 123456789012 at 5% APR, 帐户余额。", language="en"), pack).draft.text
    assert kept == "Account number: [account number …9012] at 5% annual percentage rate (APR), 账户余额。"


def test_medical_restricts_records_to_the_clinic() -> None:
    pack = built_in_pack("medical")
    assert pack is not None
    draft = Draft(
        "t", "Patient name: Jane Roe, MRN: 00123456, DOB 03/04/1980, BP 120/80", language="en", readers=("employees",)
    )
    verdict = clean(draft, pack)
    assert verdict.draft.readers == ("clinical",)
    assert "Jane" not in verdict.draft.text
    assert "[date of birth]" in verdict.draft.text
    assert clean(Draft("t", "病历号：A1234567", readers=("sales",)), pack).action == "reject"


def test_the_example_of_the_documentation_does_what_it_says() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "cleaning.md").read_text(encoding="utf-8")
    _, body, before, after, *_ = re.findall(r"```(?:yaml)?\n(.*?)```", page, re.DOTALL)
    verdict = clean(Draft("t", before, readers=("public",)), load_pack(body, "example"))
    assert verdict.draft.text == after.strip()
    for name in STEPS:
        assert f"| `{name}` |" in page
