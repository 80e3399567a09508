"""What a rule does, as people write it under `then:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from app.rules.conditions import UNSTORABLE
from app.rules.facts import PERSONAL_DATA
from app.rules.model import ALLOWED, LANGUAGES, MAY_SAY, WITH_NAMES, WITH_TEXT, Action, ActionKind, Stage
from retrieval.access import check_slug
from retrieval.errors import RejectedError

KINDS: tuple[ActionKind, ...] = get_args(ActionKind)
MAX_TEXT_CHARACTERS = 4_000
_SLOT = re.compile(r"\w[\w-]{0,63}")

Texts = Mapping[str, Mapping[str, str]]
"""Name → language → text."""


def read_actions(written: Any, stage: Stage, texts: Texts, patterns: Mapping[str, str]) -> tuple[Action, ...]:
    """The actions in `written`: a mapping action → what, or a list of such mappings.

    Raises:
        ValueError: an unknown action, one that the stage does not have, or something wrong with its text or names.
    """
    listed = written if isinstance(written, list) else [written]
    if not listed or not all(isinstance(one, Mapping) and one for one in listed):
        raise ValueError("`then:` is an action with what it needs, such as {block: {en: …, zh: …}}, or a list of them")
    pairs = [(kind, what) for one in listed for kind, what in one.items()]
    return tuple(_action(kind, what, stage, texts, patterns) for kind, what in pairs)


def check_texts(written: Any) -> dict[str, str]:
    """A text in every language.

    Raises:
        ValueError: a language is missing or unknown, or a text is empty or too long.
    """
    if not isinstance(written, Mapping):
        raise ValueError("a text is there in every language: {en: …, zh: …}")  # noqa: TRY004 - of what a person wrote
    if unknown := [key for key in written if key not in LANGUAGES]:
        raise ValueError(f"unknown language {unknown[0]!r}; texts are in {' and '.join(LANGUAGES)}")
    for language in LANGUAGES:
        text = written.get(language)
        if text is None or (isinstance(text, str) and not text.strip()):
            raise ValueError(f"the text in {language!r} is missing: every text is there in {' and '.join(LANGUAGES)}")
        if not isinstance(text, str) or len(text) > MAX_TEXT_CHARACTERS or UNSTORABLE.search(text):
            raise ValueError(f"the text in {language!r} must be text of at most {MAX_TEXT_CHARACTERS:,} characters")
    return {language: written[language].strip() for language in LANGUAGES}


def plain_action(action: Action) -> dict[str, Any]:
    """`action` as `read_actions` reads it."""
    if action.kind == "require" and action.texts:
        return {"require": {"slot": action.names[0], "text": dict(action.texts)}}
    if action.kind in WITH_NAMES:
        return {action.kind: list(action.names) if action.kind != "require" else action.names[0]}
    return {action.kind: dict(action.texts) or True}


def _action(kind: Any, what: Any, stage: Stage, texts: Texts, patterns: Mapping[str, str]) -> Action:
    if kind not in KINDS:
        raise ValueError(f"unknown action {kind!r}; known are {', '.join(KINDS)}")
    if kind not in ALLOWED[stage]:
        there = ", ".join(one for one in KINDS if one in ALLOWED[stage])
        raise ValueError(f"action {kind!r} is not for stage {stage}; there are {there}")
    said: dict[str, str] = {}
    names: tuple[str, ...] = ()
    if kind == "require" and isinstance(what, Mapping):
        if set(what) - {"slot", "text"} or "slot" not in what:
            raise ValueError("`require:` is the name of a slot, or {slot: …, text: …}")
        said = _said(what["text"], texts) if "text" in what else {}
        what = what["slot"]
    if kind in WITH_NAMES:
        names = _names(kind, what, patterns)
    elif kind in WITH_TEXT or (kind in MAY_SAY and what is not True):
        said = _said(what, texts)
    return Action(kind, said, names, {name: patterns[name] for name in names if kind == "mask" and name in patterns})


def _said(what: Any, texts: Texts) -> dict[str, str]:
    if isinstance(what, str):
        if what not in texts:
            raise ValueError(f"there is no text {what!r} under `texts:`; name one, or write {{en: …, zh: …}}")
        return dict(texts[what])
    return check_texts(what)


def _names(kind: ActionKind, what: Any, patterns: Mapping[str, str]) -> tuple[str, ...]:
    listed = what if isinstance(what, list) else [what]
    if not listed or not all(isinstance(one, str) and one for one in listed):
        raise ValueError(f"`{kind}:` needs a name, or a list of names")
    for name in listed:
        if kind == "mask" and name not in PERSONAL_DATA and name not in patterns:
            raise ValueError(
                f"{name!r} cannot be masked; there are {', '.join(PERSONAL_DATA)}, and what `patterns:` names"
            )
        if kind == "restrict":
            try:
                check_slug("source", name)
            except RejectedError as error:
                raise ValueError(error.message) from None
        if kind == "require" and not _SLOT.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a slot")
    if kind == "require" and len(listed) > 1:
        raise ValueError("`require:` takes one slot; write a rule's `then:` as a list to require more")
    return tuple(dict.fromkeys(listed))
