from __future__ import annotations

import json

import pytest

from ingestion.sources.columns import Encoding, SourceColumn, SourceTable
from ingestion.sources.contract import read_contract
from ingestion.sources.snapshots import changes, from_plain, to_plain
from tests.ingestion.sources.contracts import PRODUCTS

DOCUMENTS = read_contract(PRODUCTS).documents
TEXT = Encoding("STRING", "STRING")


def table(**columns: Encoding | None) -> SourceTable:
    made = tuple(
        SourceColumn(name, "text" if encoding == TEXT else "other", encoding) for name, encoding in columns.items()
    )
    return SourceTable("public", "products", "products", made, ("id",))


BEFORE = table(id=TEXT, name=TEXT, price=TEXT, readers=TEXT, spare=TEXT, photo=None)


def test_tables_survive_json() -> None:
    assert from_plain(json.loads(json.dumps(to_plain([BEFORE])))) == (BEFORE,)


@pytest.mark.parametrize(
    ("now", "grave", "light"),
    [
        (BEFORE, [], []),
        (
            table(id=TEXT, name=TEXT, readers=TEXT, spare=TEXT, photo=None),
            ["column price of public.products is gone"],
            [],
        ),
        (
            table(id=TEXT, name=TEXT, price=TEXT, readers=TEXT, photo=None),
            [],
            ["column spare of public.products is gone"],
        ),
        (
            table(id=TEXT, name=TEXT, amount=TEXT, readers=TEXT, spare=TEXT, photo=None),
            ["column price of public.products is gone"],
            ["public.products has gained column amount, which the contract does not use yet"],
        ),
        (
            table(id=TEXT, name=TEXT, price=Encoding("INT", "INT"), readers=TEXT, spare=TEXT, photo=None),
            ["column price of public.products was text and is now other"],
            [],
        ),
        (
            table(name=TEXT, price=TEXT, readers=TEXT, spare=TEXT, photo=None),
            ["column id of public.products is gone"],
            [],
        ),
    ],
)
def test_what_queries_read_is_told_from_the_rest(now: SourceTable, grave: list[str], light: list[str]) -> None:
    assert changes([BEFORE], [now], DOCUMENTS) == (grave, light)


def test_tables_that_go_and_come() -> None:
    assert changes([BEFORE], [], DOCUMENTS) == (["table public.products is gone"], [])
    assert changes([], [BEFORE], DOCUMENTS) == ([], ["table public.products is there again"])
