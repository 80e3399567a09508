"""Read cleaning packs: YAML in, `Pack` out, every mistake named with its line; and the packs that come along."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib import resources
from typing import Any

from pydantic import ValidationError

from ingestion.cleaning.model import Pack, PackStep
from ingestion.cleaning.options import Options
from ingestion.cleaning.steps.abbreviations import AbbreviationsOptions
from ingestion.cleaning.steps.boilerplate import BoilerplateOptions
from ingestion.cleaning.steps.duplicates import DuplicatesOptions
from ingestion.cleaning.steps.encoding import EncodingOptions
from ingestion.cleaning.steps.language import LanguageOptions
from ingestion.cleaning.steps.length import LengthOptions
from ingestion.cleaning.steps.outliers import OutliersOptions
from ingestion.cleaning.steps.required import RequiredOptions
from ingestion.cleaning.steps.sensitive_options import SensitiveOptions
from ingestion.cleaning.steps.terms import TermsOptions
from ingestion.cleaning.steps.unicode import UnicodeOptions
from ingestion.cleaning.steps.units import UnitsOptions
from ingestion.cleaning.steps.whitespace import WhitespaceOptions
from ingestion.cleaning.yaml_source import Located

DEFAULT_PACK = "default"
STEPS: dict[str, type[Options]] = {
    "encoding": EncodingOptions,
    "unicode": UnicodeOptions,
    "whitespace": WhitespaceOptions,
    "boilerplate": BoilerplateOptions,
    "language": LanguageOptions,
    "terms": TermsOptions,
    "abbreviations": AbbreviationsOptions,
    "units": UnitsOptions,
    "duplicates": DuplicatesOptions,
    "sensitive": SensitiveOptions,
    "outliers": OutliersOptions,
    "required": RequiredOptions,
    "length": LengthOptions,
}
_ENGINE = "1"
"""Part of every fingerprint; rises when the same pack would give other texts than before."""


def load_pack(text: str, name: str) -> Pack:
    """The pack that the YAML `text` describes, called `name`.

    Raises:
        RejectedError: it is not a pack; the message names the line and says what is wrong in plain words.
    """
    source = Located(text, f"pack {name!r}")
    body = source.value
    if not isinstance(body, dict):
        raise source.error((), "a pack is a mapping with `steps:` and optionally `description:`")
    for key in body:
        if key not in {"description", "steps"}:
            raise source.error((key,), f"unknown entry {key!r}; a pack has `description` and `steps`")
    description, steps = body.get("description") or "", body.get("steps")
    if not isinstance(description, str):
        raise source.error(("description",), "`description` must be text")
    if not isinstance(steps, list) or not steps:
        raise source.error(("steps",), "`steps` must be a list of at least one step")
    built = tuple(_step(source, number, entry) for number, entry in enumerate(steps))
    _check_order(source, built)
    return Pack(name, description.strip(), _fingerprint(steps), built)


@lru_cache
def built_in_pack(name: str) -> Pack | None:
    """The pack of that name that comes with the product; None where there is none."""
    return load_pack(built_in_body(name), name) if name in built_in_names() else None


def built_in_body(name: str) -> str:
    """The YAML of a built-in pack, to read or to start an own one from."""
    return (resources.files("ingestion.cleaning") / "packs" / f"{name}.yaml").read_text(encoding="utf-8")


@lru_cache
def built_in_names() -> tuple[str, ...]:
    """The names of the built-in packs in order; `default` is among them."""
    files = (resources.files("ingestion.cleaning") / "packs").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def _step(source: Located, number: int, entry: Any) -> PackStep:
    path: tuple[int | str, ...] = ("steps", number)
    name: str
    options: Any = None
    if isinstance(entry, str):
        name = entry
    elif isinstance(entry, dict) and len(entry) == 1:
        name, options = next(iter(entry.items()))
    else:
        raise source.error(path, "a step is its name, or its name with options below it")
    path = (*path, name)
    if name not in STEPS:
        raise source.error(path, f"unknown step {name!r}; known are {', '.join(STEPS)}")
    if options is None:
        options = {}
    if not isinstance(options, dict):
        raise source.error(path, f"the options of step {name!r} must be a mapping")
    try:
        checked = STEPS[name].model_validate(options)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise source.error((*path, *first["loc"]), f"step {name!r}: {_in_words(first)}") from error
    try:
        return PackStep(checked.build(), frozenset(checked.kinds))
    except ValueError as error:
        raise source.error((*path, *_place(str(error))), f"step {name!r}: {error}") from error


def _place(message: str) -> tuple[int | str, ...]:
    """Where in a step an error that counts its rules ("rule 2: …") belongs."""
    head = message.partition(":")[0]
    return ("rules", int(head[5:]) - 1) if head.startswith("rule ") and head[5:].isdigit() else ()


def _in_words(error: Any) -> str:
    """What pydantic found, for a person who wrote YAML."""
    where = ".".join(str(part) for part in error["loc"] if not isinstance(part, int))
    about = f"option {where!r}" if where else "the options"
    given = error.get("input")
    if error["type"] == "extra_forbidden":
        return f"unknown {about}"
    if error["type"] == "missing":
        return f"{about} is missing"
    if error["type"] == "literal_error":
        return f"{about} must be one of {error['ctx']['expected']}, not {given!r}"
    said = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    said = (
        said.replace("a valid tuple", "a list")
        .replace("a valid dictionary", "a mapping")
        .replace("a valid string", "text")
    )
    shown = f", not {given!r}" if isinstance(given, str | int | float | bool) else ""
    return f"{about} {said}{shown}"


def _check_order(source: Located, steps: tuple[PackStep, ...]) -> None:
    """Sensitive data hides behind invisible and unusual characters: those steps must have run before."""
    names = [entry.step.name for entry in steps]
    if "sensitive" in names and "unicode" in names[names.index("sensitive") :]:
        place = ("steps", names.index("sensitive"))
        raise source.error(
            place, "step 'sensitive' must come after 'unicode': hidden characters would hide what it looks for"
        )


def _fingerprint(steps: list[Any]) -> str:
    """32 hexadecimal digits over what the steps say; comments, layout and description do not count."""
    body = json.dumps([_ENGINE, steps], ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
