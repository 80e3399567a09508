from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.templates import Placeholder, Template, read_template
from retrieval.errors import RejectedError


def test_placeholders_and_text_alternate() -> None:
    assert read_template("# {name}\n{ price } EUR").parts == (
        "# ",
        Placeholder("name"),
        "\n",
        Placeholder("price"),
        " EUR",
    )
    assert read_template("").parts == ()


def test_columns_are_named_once_in_order() -> None:
    assert read_template("{b}{a}{b}").columns == ("b", "a")


def test_doubled_braces_stand_for_themselves() -> None:
    assert read_template("{{x}} {y}").parts == ("{x} ", Placeholder("y"))


@pytest.mark.parametrize("text", ["{", "}", "a {b", "{}", "{ }", "{a}}", "{a\nb}"])
def test_stray_braces_are_refused(text: str) -> None:
    with pytest.raises(RejectedError):
        read_template(text)


def test_a_template_of_one_column_is_known_as_that() -> None:
    assert read_template("{link}").only_column == "link"
    assert read_template("x{link}").only_column == ""
    assert Template(()).only_column == ""


@given(st.text())
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    parts = read_template(text.replace("{", "{{").replace("}", "}}")).parts
    assert parts == ((text,) if text else ())
