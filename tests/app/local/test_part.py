from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.local.part import LocalError, Step, choose, in_order


async def _nothing() -> str:
    return ""


def step(name: str, *needs: str) -> Step:
    return Step(name, _nothing, needs)


def test_a_node_stands_after_those_it_needs() -> None:
    names = [node.name for node in in_order([step("api", "db", "queue"), step("queue"), step("db")])]
    assert names.index("api") == 2


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_the_order_respects_every_need_of_an_acyclic_graph(pairs: list[tuple[int, int]]) -> None:
    nodes = [step(str(n), *{str(low) for high, low in pairs if high == n and low < n}) for n in range(10)]
    placed = [node.name for node in in_order(list(reversed(nodes)))]
    assert sorted(placed) == sorted(node.name for node in nodes)
    assert all(placed.index(need) < placed.index(node.name) for node in nodes for need in node.needs)


def test_needs_outside_the_choice_are_somebody_elses() -> None:
    assert [node.name for node in in_order([step("connect", "kafka")])] == ["connect"]


def test_a_circle_is_named() -> None:
    with pytest.raises(LocalError, match=r"circle: a, b"):
        in_order([step("a", "b"), step("b", "a")])


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(LocalError, match="share a name"):
        in_order([step("a"), step("a")])


def test_choosing_a_family_chooses_its_members() -> None:
    nodes = [step("jobmanager"), step("taskmanager"), step("kafka")]
    chosen = choose(nodes, ["flink"], {"flink": ("jobmanager", "taskmanager")})
    assert [node.name for node in chosen] == ["jobmanager", "taskmanager"]


def test_an_unknown_part_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LocalError, match=r"no part kafak here; there are: kafka"):
        choose([step("kafka")], ["kafak"], {})


def test_no_choice_means_everything(tmp_path: Path) -> None:
    nodes = [step("kafka"), step("connect")]
    assert choose(nodes, [], {}) == nodes
