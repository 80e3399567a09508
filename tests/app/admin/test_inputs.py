"""Names, readers, metadata and links: whatever is sent, what comes out is safe or a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.admin.inputs import (
    MAX_KEY_CHARACTERS,
    file_key_of,
    file_name_of,
    metadata_of,
    readers_of,
    record_key_of,
    title_of,
    url_of,
)
from app.admin.paging import cursor_of, read_cursor
from retrieval.errors import RejectedError

PATHS = st.lists(st.sampled_from(["..", ".", "", "a", "b c", "报价", "C:", "\\", "/"]), max_size=6).map("/".join)


@given(name=PATHS | st.text(max_size=400), path=PATHS)
def test_a_key_of_a_file_stays_in_its_folder_whatever_is_sent(name: str, path: str) -> None:
    try:
        key = file_key_of(path, file_name_of(name))
    except RejectedError:
        return
    parts = key.split("/")
    assert ".." not in parts
    assert parts[0]
    assert "\\" not in key
    assert not any(unicodedata.category(character) == "Cc" for character in key)


def test_a_path_that_ends_in_the_name_is_the_key() -> None:
    assert file_key_of("2024/a.txt", "a.txt") == file_key_of("2024/", "a.txt") == "2024/a.txt"


@pytest.mark.parametrize("check", [file_name_of, record_key_of, lambda key: file_key_of(key, "a")])
@pytest.mark.parametrize("wrong", ["a\nb", "a\0b", "\x7f", "x" * (MAX_KEY_CHARACTERS + 1), "\ud800"])
def test_a_name_that_no_file_has_is_refused(check: Callable[[str], str], wrong: str) -> None:
    with pytest.raises(RejectedError):
        check(wrong)


@given(st.lists(st.text(max_size=30), max_size=6))
def test_readers_are_sorted_and_each_once_or_a_sentence(given_readers: list[str]) -> None:
    try:
        readers = readers_of(given_readers)
    except RejectedError:
        return
    assert readers
    assert list(readers) == sorted(set(readers))
    assert readers_of(readers) == readers
    assert not any("," in reader or '"' in reader or reader != reader.strip() for reader in readers)


def test_513_readers_are_too_many() -> None:
    with pytest.raises(RejectedError, match="limit is 512"):
        readers_of([str(number) for number in range(513)])


@pytest.mark.parametrize(
    "url", ["", "https://a.example/x", "HTTP://a.example", "/v1/documents/x", "mailto:a@b.example"]
)
def test_a_link_that_is_safe_stays_as_it_is(url: str) -> None:
    assert url_of(url) == url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "ftp://x", "x", "https://" + "a" * 2000]
)
def test_a_link_that_is_not_is_refused(url: str) -> None:
    with pytest.raises(RejectedError, match="url"):
        url_of(url)


def test_metadata_become_texts() -> None:
    assert metadata_of({"a": 1, "b": True, "c": None, "d": 1.5}) == {"a": "1", "b": "true", "d": "1.5"}


def test_a_title_is_one_line() -> None:
    assert title_of(" a\n\t b\0 ") == "a b"


@given(st.lists(st.text(max_size=20), min_size=2, max_size=2))
def test_a_cursor_says_where_to_go_on(sort_key: list[str]) -> None:
    assert read_cursor(cursor_of(sort_key), 2) == [part.replace("\0", "") for part in sort_key]


@given(st.text(max_size=60))
def test_any_other_text_is_no_cursor(text: str) -> None:
    try:
        found = read_cursor(text, 2)
    except RejectedError:
        return
    assert found is not None
    assert len(found) == 2
