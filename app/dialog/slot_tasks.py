"""Slot tasks as they are declared: one YAML file per task, checked when it is read. Patterns are RE2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import re2
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from retrieval.errors import RejectedError

Language = Literal["en", "zh"]
Kind = Literal["pattern", "date", "phone", "email", "contact"]
_OWN_TASKS = Path(__file__).with_name("tasks")
_MAX_PATTERN_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a task needs to know.

    `labels` are the words that announce a value ("order number", "订单号"). A `bare` slot's value is recognised
    without its label; the others only behind one, or when it was asked for. A `searched` one is a term of the search.
    One that is `from_account` is looked for in the titles of a signed-in customer's own documents before it is asked.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    ask: Mapping[str, str]
    invalid: Mapping[str, str]
    patterns: tuple[Any, ...] = ()
    required: bool = True
    bare: bool = True
    searched: bool = False
    from_account: bool = False


@dataclass(frozen=True, slots=True)
class SlotTask:
    """What is done with the customer's help: its slots in the order in which they are asked for."""

    name: str
    title: Mapping[str, str]
    begins_with: tuple[str, ...]
    slots: tuple[Slot, ...]

    def slot(self, name: str) -> Slot | None:
        """The slot of that name."""
        return next((one for one in self.slots if one.name == name), None)


def _pattern(pattern: str) -> str:
    if len(pattern) > _MAX_PATTERN_CHARACTERS:
        raise ValueError(f"a pattern may have at most {_MAX_PATTERN_CHARACTERS} characters")
    try:
        re2.compile(pattern)
    except re2.error as error:
        raise ValueError(f"the pattern {pattern!r} is not one of RE2: {error}") from None
    return pattern


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Texts(_Strict):
    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class _Words(_Strict):
    en: list[str] = Field(default_factory=list)
    zh: list[str] = Field(default_factory=list)

    def all(self) -> tuple[str, ...]:
        """Both languages' words in lower case, the longest first, so that none hides behind its own beginning."""
        return tuple(sorted({word.lower() for word in (*self.en, *self.zh)}, key=lambda word: (-len(word), word)))


class _SlotFile(_Strict):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    kind: Kind
    labels: _Words
    ask: _Texts
    invalid: _Texts
    patterns: list[Annotated[str, AfterValidator(_pattern)]] = Field(default_factory=list)
    required: bool = True
    bare: bool = True
    searched: bool = False
    from_account: bool = False


class _TaskFile(_Strict):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: _Texts
    begins_with: _Words
    slots: list[_SlotFile] = Field(min_length=1)


def read_task(text: str, what: str) -> SlotTask:
    """The task that a YAML file declares; `what` names the file in errors.

    Raises:
        RejectedError: it is not YAML, not of this form, or a pattern is not one of RE2.
    """
    try:
        read = _TaskFile.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise RejectedError(f"{what} is not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RejectedError(f"{what}, {place}: {first['msg']}") from None
    names = [slot.name for slot in read.slots]
    for name in names:
        if names.count(name) > 1:
            raise RejectedError(f"{what}: the slot {name} is declared twice")
    for slot in read.slots:
        if (slot.kind == "pattern") != bool(slot.patterns):
            raise RejectedError(f"{what}: the slot {slot.name} needs patterns when its kind is pattern, and only then")
    return SlotTask(read.name, read.title.model_dump(), read.begins_with.all(), tuple(map(_slot, read.slots)))


def _slot(read: _SlotFile) -> Slot:
    return Slot(
        name=read.name,
        kind=read.kind,
        labels=read.labels.all(),
        ask=read.ask.model_dump(),
        invalid=read.invalid.model_dump(),
        patterns=tuple(re2.compile(f"(?i){pattern}") for pattern in read.patterns),
        required=read.required,
        bare=read.bare,
        searched=read.searched,
        from_account=read.from_account,
    )


@cache
def load_tasks(folder: Path = _OWN_TASKS) -> tuple[SlotTask, ...]:
    """The tasks of every YAML file in `folder`, by name; those that Freshet brings along where none is named.

    Raises:
        RejectedError: a file does not declare a task, or two declare the same one.
    """
    tasks = [read_task(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.yaml"))]
    names = [task.name for task in tasks]
    for name in names:
        if names.count(name) > 1:
            raise RejectedError(f"the task {name} is declared twice in {folder}")
    return tuple(tasks)
