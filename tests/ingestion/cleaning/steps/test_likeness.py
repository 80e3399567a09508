from __future__ import annotations

from collections import Counter

import pytest

from ingestion.cleaning.steps.likeness import Paragraphs, says_the_same

LONG = "Before you open the housing, disconnect the machine from the mains and let the boiler cool down completely. "
ZH = "打开机壳之前，请先断开电源，并让锅炉完全冷却，然后依次拆下进水阀、水泵和加热管，检查密封圈是否完好。"


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("machine", "machin"),
        LONG.upper(),
        LONG.replace(", ", " "),
        LONG.replace("the housing", "this housing"),
        LONG.replace("completely", "completley"),
    ],
)
def test_slips_and_small_words_make_no_difference(other: str) -> None:
    seen = Paragraphs(0.8)
    assert not seen.seen(LONG)
    assert seen.seen(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG + "Error E41.", LONG + "Error E42."),
        (LONG + "You may do it.", LONG + "You must do it."),
        (LONG + "It is safe.", LONG + "It is not safe."),
        (LONG + "MID tier.", LONG + "PREMIUM tier."),
        (LONG + "Turn the inlet.", LONG + "Turn the outlet."),
        (LONG + "Set 5 bar.", LONG + "Set -5 bar."),
        (LONG + "Costs $5.", LONG + "Costs €5."),
        (ZH, ZH.replace("进水阀", "出水阀")),
        (ZH, ZH.replace("请先", "请勿")),
    ],
)
def test_words_that_matter_make_two_paragraphs(one: str, other: str) -> None:
    seen = Paragraphs(0.8)
    assert not seen.seen(one)
    assert not seen.seen(other)


def test_chinese_particles_make_no_difference() -> None:
    seen = Paragraphs(0.8)
    assert not seen.seen(ZH)
    assert seen.seen(ZH.replace("请先", "先"))


def test_exact_only_when_asked_for() -> None:
    seen = Paragraphs(1)
    assert not seen.seen(LONG)
    assert seen.seen(f"  {LONG.upper()}")
    assert not seen.seen(LONG.replace("machine", "machin"))


def test_as_many_words_must_differ_on_both_sides() -> None:
    assert says_the_same(Counter(["valve", "closed"]), Counter(["valves", "closed", "the"]))
    assert not says_the_same(Counter(["valve"]), Counter(["valve", "valve"]))
