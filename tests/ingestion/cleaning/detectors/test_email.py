from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.cleaning.detectors.email import EmailDetector


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in EmailDetector().find(text)]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("mail jo.doe+x@mail.example.co.uk.", ["jo.doe+x@mail.example.co.uk"]),
        ("邮箱jo@x.org，谢谢", ["jo@x.org"]),
        ("<jo@x.org>,<al@y.com>;", ["jo@x.org", "al@y.com"]),
        ("[jo@x.org](mailto:jo@x.org)", ["jo@x.org", "jo@x.org"]),
        ("jo [at] x [dot] org or al(at)y.com", ["jo [at] x [dot] org", "al(at)y.com"]),
        ("jürgen@müller.de", ["jürgen@müller.de"]),
        ("no@domain, @handle, a@b, 5@5.5, user@, @x.org", []),
        ("git clone ssh://host/a@v1.2.3", []),
    ],
)
def test_addresses_are_found_as_people_write_them(text: str, addresses: list[str]) -> None:
    assert found(text) == addresses


def test_every_labelled_address_is_found_and_nothing_else(shared_data: Path) -> None:
    lines = (shared_data / "pii_tau2" / "dev" / "pii.jsonl").read_text(encoding="utf-8").splitlines()
    for record in map(json.loads, lines):
        labelled = {(span["start"], span["end"]) for span in record["spans"] if span["type"] == "EMAIL"}
        assert {(one.start, one.end) for one in EmailDetector().find(record["text"])} == labelled, record["text"]
