from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ingestion.sources.names import SourceNames

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True).filter(lambda name: not re.fullmatch(r"g\d+", name))


def test_names_of_the_default_tenant_are_short() -> None:
    names = SourceNames("default", "erp", 3)
    assert names.connector == "freshet-erp-g3"
    assert names.slot == "freshet_erp_g3"
    assert names.publication == "freshet_erp"
    assert names.table_topic("public", "Order Details") == "cdc.erp.g3.public.Order_Details"


@given(SLUGS, SLUGS, st.integers(1, 99999))
def test_slots_are_names_that_postgres_takes(tenant: str, source: str, generation: int) -> None:
    slot = SourceNames(tenant, source, generation).slot
    assert re.fullmatch(r"[a-z0-9_]{1,63}", slot)
    assert slot.endswith(f"_g{generation}")


@given(st.tuples(SLUGS, SLUGS), st.tuples(SLUGS, SLUGS), st.integers(1, 50), st.integers(1, 50))
def test_no_two_sources_share_topics(one: tuple[str, str], other: tuple[str, str], first: int, second: int) -> None:
    mine, theirs = SourceNames(*one, first), SourceNames(*other, second)
    same = one == other and first == second
    assert (f"{mine.prefix}." == f"{theirs.prefix}.") == same
    if not same:
        assert not f"{mine.prefix}.".startswith(f"{theirs.prefix}.")


def test_similar_names_have_slots_of_their_own() -> None:
    slots = {SourceNames(tenant, source, 1).slot for tenant in ("default", "acme") for source in ("a-b", "a_b")}
    assert len(slots) == 4
