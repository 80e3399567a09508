from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.engine.events import Chunk, Counts, EventReader
from retrieval.engine.failures import LostError
from tests.retrieval.engine.fake_engine import event

USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}
STREAM = (
    b": ping\r\n\r\n"
    + event({"choices": [{"delta": {"role": "assistant", "content": ""}}]})
    + event({"choices": [{"delta": {"content": "保修 😀"}, "finish_reason": None}]})
    + event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    + event({"choices": [], "usage": USAGE})
    + b"data: [DONE]\r\n\r\n"
)
CHUNKS = [Chunk(), Chunk("保修 😀"), Chunk(finish="stop"), Chunk(counts=Counts(9, 4, 2)), Chunk(done=True)]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_however_the_bytes_arrive_the_chunks_are_the_same(cuts: list[int]) -> None:
    reader = EventReader()
    places = [0, *sorted(cuts), len(STREAM)]
    found = [chunk for start, end in itertools.pairwise(places) for chunk in reader.feed(STREAM[start:end])]
    assert found == CHUNKS


@pytest.mark.parametrize(
    "data", [b"data: <html>\n", b"data: 7\n", b'data: {"choices": "no"}\n', b'data: {"choices": [7]}\n']
)
def test_what_is_no_event_is_another_form(data: bytes) -> None:
    with pytest.raises(LostError, match="another form"):
        list(EventReader().feed(data))


def test_a_line_without_an_end_is_given_up() -> None:
    with pytest.raises(LostError, match="without an end"):
        list(EventReader().feed(b"x" * 1_100_000))
