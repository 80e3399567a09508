"""Step `sensitive`: personal and secret data is masked, or decides who may read the document, or ends it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from ingestion.cleaning.detectors.model import Detector, Finding
from ingestion.cleaning.model import Draft, Note, Verdict, kept
from retrieval.access import PUBLIC

Action = Literal["mask", "drop", "reject", "restrict"]

_WIDE = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
_HAS_WIDE = re.compile("[\uff01-\uff5e]")


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to the findings of one detector. `allow` holds values (lower case) and "@domain"s that may stay.

    `restrict_to` replaces `public` and the groups `within` (those whose members include all of `restrict_to`).
    """

    detector: Detector
    action: Action
    mask: str = ""
    keep_last: int = 0
    allow: frozenset[str] = frozenset()
    restrict_to: tuple[str, ...] = ()
    within: frozenset[str] = frozenset()

    def permits(self, value: str) -> bool:
        """Whether this very value may stay."""
        if not self.allow:
            return False
        value = value.strip().lower()
        if "@" in value:
            return value in self.allow or f"@{value.rpartition('@')[2]}" in self.allow
        return _bare(value) in map(_bare, self.allow)


def _bare(value: str) -> str:
    """`value` without the signs between its digits and letters: "+49 30 / 12" is "+493012"."""
    return "".join(character for character in value if character.isalnum() or character == "+")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and the rule it falls under."""

    finding: Finding
    rule: Rule


@dataclass(frozen=True, slots=True)
class SensitiveStep:
    """Looks through title, text and metadata, code included, and does what the rules say."""

    name: ClassVar[str] = "sensitive"
    rules: tuple[Rule, ...]

    def apply(self, draft: Draft) -> Verdict:
        """The draft masked or restricted; dropped or rejected where a rule says so. Notes count, and never quote."""
        in_title, in_text = self.find(draft.title), self.find(draft.text)
        in_values = {key: self.find(value, label=key) for key, value in draft.metadata.items()}
        found = [*in_title, *in_text, *(one for values in in_values.values() for one in values)]
        if not found:
            return kept(draft, self.name)
        ended = next((one for one in found if one.rule.action in {"drop", "reject"}), None)
        if ended is not None:
            action: Literal["drop", "reject"] = "drop" if ended.rule.action == "drop" else "reject"
            return Verdict(action, draft, f"holds sensitive data: {ended.finding.kind}")
        masked = replace(
            draft,
            title=_masked(draft.title, in_title),
            text=_masked(draft.text, in_text),
            metadata={key: _masked(value, in_values[key]) for key, value in draft.metadata.items()},
        )
        return self._restricted(masked, found)

    def find(self, text: str, label: str = "") -> list[Found]:
        """Everything in `text` that a rule is about, masks first, those without overlaps; `label` stands before it."""
        before = f"{label}: " if label else ""
        looked_at = before + (text.translate(_WIDE) if _HAS_WIDE.search(text) else text)
        found = [
            Found(Finding(one.start - len(before), one.end - len(before), one.kind), rule)
            for rule in self.rules
            for one in rule.detector.find(looked_at)
            if one.start >= len(before) and not rule.permits(looked_at[one.start : one.end])
        ]
        others = [one for one in found if one.rule.action != "mask"]
        return [*_merged(one for one in found if one.rule.action == "mask"), *others]

    def _restricted(self, draft: Draft, found: Iterable[Found]) -> Verdict:
        counts = Counter((one.finding.kind, one.rule.action) for one in found)
        done = {"mask": "masked"}
        notes = [f"{kind}: {count} {done.get(action, 'found')}" for (kind, action), count in counts.items()]
        for rule in dict.fromkeys(one.rule for one in found if one.rule.action == "restrict"):
            readers = narrowed(draft.readers, rule)
            if draft.readers and not readers:
                allowed = ", ".join(rule.restrict_to)
                reason = f"holds {rule.detector.kind} for {allowed} only, but they are not among its readers"
                return Verdict("reject", draft, reason)
            if readers != draft.readers:
                draft = replace(draft, readers=readers)
                notes.append(f"{rule.detector.kind}: readers are now {', '.join(readers)}")
        return Verdict("keep", draft, "", tuple(Note(self.name, note) for note in notes))


def narrowed(readers: tuple[str, ...], rule: Rule) -> tuple[str, ...]:
    """The readers that remain: nobody is let in who could not read before; () where nobody remains."""
    if not {PUBLIC, *rule.within}.isdisjoint(readers):
        return rule.restrict_to
    return tuple(reader for reader in readers if reader in rule.restrict_to)


def _merged(found: Iterable[Found]) -> list[Found]:
    """In order; where two overlap they become one stretch, under the rule of the longer."""
    merged: list[Found] = []
    for one in sorted(found, key=lambda one: (one.finding.start, -one.finding.end)):
        last = merged[-1] if merged else None
        if last is None or one.finding.start >= last.finding.end:
            merged.append(one)
            continue
        longer = max(last, one, key=lambda one: one.finding.end - one.finding.start)
        end = max(last.finding.end, one.finding.end)
        merged[-1] = Found(Finding(last.finding.start, end, longer.finding.kind), longer.rule)
    return merged


def _masked(text: str, found: list[Found]) -> str:
    pieces, at = [], 0
    for one in found:
        if one.rule.action == "mask":
            pieces += [text[at : one.finding.start], _mask(one.rule, text[one.finding.start : one.finding.end])]
            at = one.finding.end
    return "".join([*pieces, text[at:]])


def _mask(rule: Rule, value: str) -> str:
    if not rule.keep_last:
        return rule.mask
    tail = "".join(character for character in value if character.isalnum())[-rule.keep_last :]
    return f"{rule.mask[:-1]} …{tail}]" if rule.mask.endswith("]") else f"{rule.mask} …{tail}"
