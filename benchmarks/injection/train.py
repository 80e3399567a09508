"""`python -m benchmarks.injection.train [--write]`: fit the scorer's weights, and measure them on kinds never seen.

Reads ../shared/data; `--write` writes retrieval/injection/weights.yaml.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.injection.examples import CORPORA, Example, alone, bipia, clean, lot, own, samples
from benchmarks.table import Table
from retrieval.injection import scorer

Vector = NDArray[np.float64]
WEIGHTS = Path(scorer.__file__).parent / "weights.yaml"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDS = 5
FALSE_ALARMS = 0.012
"""Share of clean passages that may reach one half, in every set; the requirement is .02."""
_RIDGE = 1.0
_HARD_WEIGHS = 4.0
"""A sentence that we wrote to be mistaken, against an ordinary one."""
_ATTACKS_WEIGH = 0.02
"""All attacks together, as a share of all clean sentences."""


@dataclass
class Described:
    """Examples as numbers: one row per sentence, and which example and label it has (1 attack, 0 clean, -1 neither)."""

    examples: list[Example]
    names: list[str]
    rows: Vector
    owner: NDArray[np.int64]
    label: NDArray[np.int64]


def describe(examples: list[Example], names: Sequence[str] = ()) -> Described:
    """Features of every sentence. In an injected example only the attack's own sentences count as attack."""
    found, owner, label = [], [], []
    for at, example in enumerate(examples):
        for segment, named in scorer.described(example.text):
            inside = segment.start < example.end and segment.end > example.start
            found.append(named)
            owner.append(at)
            label.append((1 if segment.plain and inside else -1) if example.injected else 0)
    known = list(names) or sorted({name for named in found for name in named})
    index = {name: at for at, name in enumerate(known)}
    matrix = np.zeros((len(found), len(known)))
    for row, named in enumerate(found):
        for name, value in named.items():
            if name in index:
                matrix[row, index[name]] = value
    return Described(examples, known, matrix, np.array(owner), np.array(label))


def fit(rows: Vector, label: NDArray[np.int64], weight: Vector, names: Sequence[str]) -> Vector:
    """Weighted logistic regression with a ridge, by Newton's method."""
    ridge = np.full(rows.shape[1], _RIDGE)
    ridge[list(names).index("bias")] = 1e-6
    made = np.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(rows @ made, -30, 30)))
        slope = rows.T @ (weight * (chance - label)) + ridge * made
        bend = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        made -= step
        if np.abs(step).max() < 1e-6:
            break
    return made


def train(data: Described, use: NDArray[np.bool_]) -> Vector:
    """Weights from the examples in `use`, the bias moved so that FALSE_ALARMS of each clean set reach one half."""
    chosen = use[data.owner] & (data.label >= 0)
    # Several sentences of one attack share its weight, and all attacks together weigh a share of the clean sentences.
    weight = np.array([_HARD_WEIGHS if one.origin == "service" else 1.0 for one in data.examples])[data.owner]
    attack = (data.label == 1) & chosen
    per_example = np.bincount(data.owner[attack], minlength=len(data.examples))
    weight[attack] = 1 / per_example[data.owner[attack]]
    weight[attack] *= _ATTACKS_WEIGH * (chosen & ~attack).sum() / max(1, per_example.astype(bool).sum())
    made = fit(data.rows[chosen], data.label[chosen], weight[chosen], data.names)
    highest = scores(data, made)
    bounds = []
    for origin in (*CORPORA, "titles", "questions"):
        of_set = [
            highest[at] for at, one in enumerate(data.examples) if use[at] and not one.injected and one.origin == origin
        ]
        bounds.append(np.quantile(of_set, 1 - FALSE_ALARMS, method="higher") + 0.01)
    made[data.names.index("bias")] -= max(bounds)
    return made


def scores(data: Described, weights: Vector) -> Vector:
    """The highest log odds among each example's sentences."""
    highest = np.full(len(data.examples), -30.0)
    plain = data.rows[:, [data.names.index(name) for name in scorer.PLAIN_ATTACK]].any(axis=1)
    np.maximum.at(highest, data.owner, np.where(plain, 4.0, data.rows @ weights))
    return highest


def cross_validated(data: Described, part: Callable[[Example], str]) -> Vector:
    """Scores of each example by weights that saw neither its kind (as `part` says) nor, if clean, its passage."""
    parts = sorted({part(one) for one in data.examples if one.injected})
    folds = len(parts) if len(parts) <= 2 * FOLDS else FOLDS
    fold_of_part = {name: at % folds for at, name in enumerate(sorted(parts, key=lot))}
    fold = np.array([fold_of_part[part(one)] if one.injected else lot(one.text) % folds for one in data.examples])
    result = np.zeros(len(data.examples))
    for held_out in range(folds):
        weights = train(data, fold != held_out)
        result[fold == held_out] = scores(data, weights)[fold == held_out]
    return result


def report(title: str, data: Described, highest: Vector) -> Table:
    """Shares that reach one half: by set for clean passages, by set and kind for injected ones."""
    table = Table(title, ("passages", "n", "share found"))
    groups: dict[str, list[bool]] = {}
    for one, score in zip(data.examples, highest, strict=True):
        group = f"clean {one.origin}"
        if one.injected:
            group = f"injected {'own ' + one.language if one.origin.startswith('own') else one.origin}"
            groups.setdefault(f"{group.split('-')[0]} · {one.family}", []).append(bool(score >= 0))
            groups.setdefault(f"{group.split('-')[0]} · all", []).append(bool(score >= 0))
        elif one.origin.startswith("bipia"):
            groups.setdefault("clean bipia, all", []).append(bool(score >= 0))
        groups.setdefault(group, []).append(bool(score >= 0))
    table.rows += [[name, len(found), sum(found) / len(found)] for name, found in sorted(groups.items())]
    return table


def main() -> None:
    """Measure three ways, then fit on everything."""
    began = time.perf_counter()
    cases, passages = bipia(DATA), [*clean(DATA), *samples(), *alone(DATA)]
    examples = cases + passages + own([*cases, *clean(DATA)])
    data = describe(examples)
    took = time.perf_counter() - began
    print(f"{len(examples)} examples, {len(data.rows)} sentences, {len(data.names)} features, {took:.0f} s")
    is_ours = np.array([not one.injected or one.origin.startswith("own") for one in examples])
    print(report("Trained on our own attacks alone", data, scores(data, train(data, is_ours))))
    print(report("Each kind by weights that did not see it", data, cross_validated(data, lambda one: one.kind)))
    print(report("Each family by weights that did not see it", data, cross_validated(data, lambda one: one.family)))
    weights = train(data, np.ones(len(examples), dtype=bool))
    print(report("Trained on everything", data, scores(data, weights)))
    for name, value in sorted(zip(data.names, weights, strict=True), key=lambda pair: -abs(pair[1])):
        print(f"{name:20} {value:6.2f}")
    if "--write" in sys.argv:
        rounded = {name: round(float(value), 3) for name, value in zip(data.names, weights, strict=True)}
        note = "# Written by `python -m benchmarks.injection.train --write`; log odds per feature.\n"
        WEIGHTS.write_text(note + yaml.safe_dump(rounded, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main()
