"""Clean passages, and passages with an attack put in: BIPIA's development cases, and our own attacks in any passage."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from ingestion.chunking import split
from retrieval.model import Document

ATTACKS, HARMLESS = (Path(__file__).parent / name for name in ("attacks.yaml", "harmless.yaml"))
CORPORA = ("mtrag_un", "cmrc2018_zh", "crosswoz_zh", "tau2_banking_kb")
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "knowledge": ("Information Retrieval", "Learning and Tutoring", "general_question", "explain", "chat", "analysis"),
    "creation": ("Content Creation", "create", "automation"),
    "translation": ("Language Translation", "translate"),
    "programming": ("Programming Help", "code_help"),
    "format": (
        *("Alphanumeric Substitution", "Homophonic Substitution", "Misspelling Intentionally", "Anagramming"),
        *("Space Removal & Grouping", "format", "encoded"),
    ),
    "content": (
        "Instruction",
        "Social Interaction",
        "Persuasion",
        "Clickbait",
        "Malware Distribution",
        "add_content",
        "promote",
    ),
    "takeover": ("override", "prompt_leak", "persona", "role_marker", "secrecy", "exfiltration", "urgency"),
}
_PLACES = ("start", "middle", "end", "inline")


@dataclass(frozen=True, slots=True)
class Example:
    """A text; where the attack stands in it (0, 0 in a clean one), of which set and kind it is."""

    text: str
    start: int
    end: int
    origin: str
    kind: str
    language: str

    @property
    def injected(self) -> bool:
        """Whether an attack was put in."""
        return self.end > self.start

    @property
    def family(self) -> str:
        """Kinds that resemble each other; inserted code is a family of its own."""
        return next((family for family, kinds in FAMILIES.items() if self.kind in kinds), "code")


def lot(*parts: object) -> int:
    """A number that is always the same for the same parts."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:6])


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a JSON lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def bipia(data: Path) -> list[Example]:
    """The cases of ../shared/data/injection_bipia, both labels."""
    folder = data / "injection_bipia" / "dev"
    attacks = {row["_id"]: row for row in rows(folder / "attacks.jsonl")}
    found = []
    for row in rows(folder / "cases.jsonl"):
        text, attack = row["context"], attacks.get(row["attack_id"])
        start = text.find(attack["text"]) if attack else 0
        size = len(attack["text"]) if attack else 0
        found.append(
            Example(text, start, start + size, f"bipia-{row['task']}", attack["category"] if attack else "", "en")
        )
    return found


def clean(data: Path, corpora: Sequence[str] = CORPORA) -> list[Example]:
    """Every passage of the retrieval sets."""
    return [
        Example(row["text"], 0, 0, name, "", "zh" if name.endswith("_zh") else "en")
        for name in corpora
        for row in rows(data / name / "corpus.jsonl")
        if row["text"].strip()
    ]


def samples() -> list[Example]:
    """Passages of our own that order and ask: harmless.yaml, and the sample enterprise's documents as they are cut."""
    listed = yaml.safe_load(HARMLESS.read_text(encoding="utf-8"))
    found = [Example(text, 0, 0, "service", "", language) for language, texts in listed.items() for text in texts]
    for path in sorted((Path(__file__).parents[2] / "samples").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        language = "zh" if len(re.findall("[\u4e00-\u9fff]", text)) > len(text) / 4 else "en"
        document = Document(path.name, "", "", "", "", "", text, "", language, (), 1, datetime.now(UTC))
        found += [Example(chunk.text, 0, 0, "samples", "", language) for chunk in split(document)]
    return found


def alone(data: Path) -> list[Example]:
    """Short texts that stand by themselves: titles, and what people ask."""
    found = []
    for name in CORPORA:
        language = "zh" if name.endswith("_zh") else "en"
        titles = {row["title"] for row in rows(data / name / "corpus.jsonl") if row.get("title", "").strip()}
        found += [Example(title, 0, 0, "titles", "", language) for title in sorted(titles)]
        queries = data / name / "dev" / "queries.jsonl"
        if queries.exists():
            found += [Example(row["text"], 0, 0, "questions", "", language) for row in rows(queries)]
    return found


def own(passages: Iterable[Example], each: int = 8) -> list[Example]:
    """Our own attacks, each in `each` passages: mostly of its language, alone on a line or within one."""
    hosts: dict[str, list[Example]] = {"en": [], "zh": [], "code": []}
    for one in passages:
        if not one.injected:
            hosts["code" if one.origin == "bipia-code" else one.language].append(one)
    found = []
    for kind, by_language in yaml.safe_load(ATTACKS.read_text(encoding="utf-8")).items():
        for language, attacks in by_language.items():
            for whole in attacks:
                attack = whole if lot(whole) % 2 else whole.removesuffix(".").removesuffix("。")
                if kind in (*FAMILIES["takeover"], *FAMILIES["format"], *FAMILIES["content"]):
                    found += [Example(attack, 0, len(attack), "own-alone", kind, language)] * 2
                for number in range(each):
                    other = {"en": "zh", "zh": "en"}[language]
                    of = "code" if kind == "code_insert" else other if number == 0 else language
                    host = hosts[of][lot(attack, number) % len(hosts[of])]
                    place = _PLACES[number % 4]
                    found.append(
                        put(attack, host, "end" if "\n" in attack and place == "inline" else place, kind, language)
                    )
    return found


def put(attack: str, host: Example, place: str, kind: str, language: str) -> Example:
    """`attack` within the host's text."""
    text = host.text
    if place == "start":
        at, before, after = 0, "", "\n"
    elif place == "end":
        at, before, after = len(text), "\n", ""
    else:
        mark = "\n" if place == "middle" else "。" if host.language == "zh" else ". "
        at = text.find(mark, len(text) // 3)
        at = len(text) if at < 0 else at + len(mark)
        before, after = ("\n", "\n") if place == "middle" else (" ", " ")
    start = at + len(before)
    return Example(
        text[:at] + before + attack + after + text[at:], start, start + len(attack), f"own-{place}", kind, language
    )
