from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.connection import read_address
from ingestion.sources.environment import references, resolve
from retrieval.errors import RejectedError


def test_parts_of_an_address() -> None:
    found = read_address("postgresql://reader:s%40fe@db.example:6543/erp", {})
    assert (found.dialect, found.host, found.port, found.user, found.password, found.database) == (
        "postgresql",
        "db.example",
        6543,
        "reader",
        "s@fe",
        "erp",
    )


@pytest.mark.parametrize(("scheme", "port"), [("postgres", 5432), ("mysql", 3306), ("mariadb", 3306)])
def test_ports_have_defaults(scheme: str, port: int) -> None:
    assert read_address(f"{scheme}://u:p@h/d", {}).port == port


@given(st.text(min_size=1))
def test_a_password_from_the_environment_may_hold_anything(password: str) -> None:
    assert read_address("mysql://u:${SECRET}@${WHERE}/d", {"SECRET": password, "WHERE": "h:1"}).password == password


def test_a_whole_address_may_come_from_the_environment() -> None:
    assert read_address("${URL}", {"URL": "postgresql://u:p%2F@[::1]:5/d"}).host == "::1"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("oracle://u:p@h/d", "begins with 'oracle://'"),
        ("postgresql://h/d", "names no user"),
        ("postgresql://u:p@/d", "names no host"),
        ("postgresql://u:p@h/", "names no database"),
        ("postgresql://u:secret/x@h/d", "cannot be read"),
        ("postgresql://u:secret@h:port/d", "host and port 'h:port'"),
        ("postgresql://u:${MISSING}@h/d", "no value for MISSING"),
    ],
)
def test_a_wrong_address_is_explained_without_its_password(url: str, words: str) -> None:
    with pytest.raises(RejectedError) as raised:
        read_address(url, {})
    assert words in raised.value.message
    assert "secret" not in raised.value.message


def test_the_password_is_not_printed() -> None:
    found = read_address("postgresql://u:secret@h/d", {})
    assert "secret" not in repr(found)
    assert str(found) == "postgresql://u@h:5432/d"


def test_all_missing_names_are_told_at_once() -> None:
    assert references("${A}/${B}/${A}") == ("A", "B")
    with pytest.raises(RejectedError, match="A, B"):
        resolve("${A}/${B}", {})
    assert resolve("$A ${B}", {"B": "${A}"}) == "$A ${A}"
