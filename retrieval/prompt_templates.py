"""Prompt templates: one file per task, language and version under `prompts/`, checked when it is loaded.

A file opens with its variables between two lines of `---`; then come messages, each after a line `<!-- role -->`. What
does not change from question to question stands first, so that engines keep it in their prefix cache.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template as Pattern
from typing import get_args

import yaml

from retrieval.messages import Message, Role

_FOLDER = Path(__file__).parent / "prompts"
_FORM = re.compile(r"\A---\n(?P<facts>.*?)\n---\n(?P<messages>.*)\Z", re.DOTALL)
_MESSAGE = re.compile(r"^<!-- (\w+) -->\n(.*?)(?=^<!-- \w+ -->\n|\Z)", re.DOTALL | re.MULTILINE)
_NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Template:
    """Messages with gaps. `name` is task, language and version; `not_known` is what a model says at a loss."""

    name: str
    variables: frozenset[str]
    messages: tuple[Message, ...]
    not_known: str

    def fill(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages with every gap filled; values are not looked at for gaps of their own.

        Raises:
            ValueError: a value is missing, or one is given that the template does not name.
        """
        if values.keys() != self.variables:
            raise ValueError(f"{self.name} takes {sorted(self.variables)}, given were {sorted(values)}")
        return tuple(Message(one.role, Pattern(one.text).substitute(values)) for one in self.messages)


@cache
def load_template(task: str, language: str, version: int = 1) -> Template:
    """The template of a task ("answer", "standalone", "summary"); English for languages that have none of their own.

    Raises:
        ValueError: there is no such file, or its text and the variables it names do not agree.
    """
    place = _FOLDER / task / language
    spoken = language if place.is_dir() else "en"
    path = _FOLDER / task / spoken / f"{version}.md"
    name = f"{task}/{spoken}/{version}"
    if not path.is_file():
        raise ValueError(f"there is no prompt template {name}")
    return read_template(name, path.read_text(encoding="utf-8"))


def read_template(name: str, text: str) -> Template:
    """A template from the text of its file; see `load_template`."""
    form = _FORM.match(text)
    if form is None:
        raise ValueError(f"{name} does not begin with its variables between lines of ---")
    facts = yaml.safe_load(form["facts"])
    variables = frozenset(facts.get("variables", ()))
    not_known = facts.get(_NOT_KNOWN, "")
    messages = []
    used: set[str] = set()
    for role, body in _MESSAGE.findall(form["messages"]):
        if role not in get_args(Role):
            raise ValueError(f"{name} has a message of {role!r}; there are {get_args(Role)}")
        pattern = Pattern(body.strip())
        if not pattern.is_valid():
            raise ValueError(f"{name} has a $ that names nothing")
        used |= set(pattern.get_identifiers()) - {_NOT_KNOWN}
        messages.append(Message(role, pattern.safe_substitute({_NOT_KNOWN: not_known})))
    if used != variables:
        raise ValueError(f"{name} names the variables {sorted(variables)} and uses {sorted(used)}")
    if not messages or messages[-1].role != "user":
        raise ValueError(f"{name} does not end with a message of the user")
    return Template(name, variables, tuple(messages), not_known)
