from __future__ import annotations

import pytest

from ingestion.cleaning.model import Draft
from ingestion.cleaning.steps.abbreviations import AbbreviationsOptions

FORMS = AbbreviationsOptions(
    en={"PM": "preventive maintenance", "qty": "quantity"}, zh={"PM": "预防性维护", "售后": "售后服务"}
).build()


def written(text: str, language: str = "en") -> str:
    return FORMS.apply(Draft("t", text, language=language)).draft.text


def test_the_first_place_of_a_section_is_explained() -> None:
    assert written("PM is due. PM again.") == "preventive maintenance (PM) is due. PM again."
    assert written("PM\n\n## Next\n\nPM\fPM") == (
        "preventive maintenance (PM)\n\n## Next\n\npreventive maintenance (PM)\fpreventive maintenance (PM)"
    )


def test_what_is_explained_already_stays() -> None:
    for text in ("Preventive maintenance (PM) and PM", "preventive maintenance, then PM"):
        assert written(text) == text


def test_capitals_are_sought_as_written_and_small_ones_in_any_case() -> None:
    assert written("at 3 pm. Qty 5") == "at 3 pm. Quantity (Qty) 5"


def test_a_time_is_no_maintenance() -> None:
    assert written("from 10 PM to 11PM") == "from 10 PM to 11PM"


def test_the_dictionary_goes_by_the_language() -> None:
    assert written("设备PM计划，联系售后。售后服务", "zh") == "设备预防性维护（PM）计划，联系售后服务。售后服务"
    assert written("see 售后 for PM") == "see 售后服务 for preventive maintenance (PM)"


def test_replace_writes_the_full_form_everywhere() -> None:
    step = AbbreviationsOptions(en={"qty": "quantity"}, style="replace").build()
    assert step.apply(Draft("qty", "qty, qty", language="en")).draft.text == "quantity, quantity"


def test_a_form_that_means_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a full form"):
        AbbreviationsOptions(en={"PM": "PM"}).build()
