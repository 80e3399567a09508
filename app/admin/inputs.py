"""Names, readers and metadata as people send them, checked and brought into one form."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Mapping

import orjson

from retrieval.access import check_principal
from retrieval.errors import RejectedError

MAX_KEY_CHARACTERS = 300
MAX_READERS = 512
_MAX_METADATA = 50
_MAX_METADATA_CHARACTERS = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing: a name could look like another one."""

_DRIVE = re.compile(r"[A-Za-z]:")


def readers_of(given: Iterable[str]) -> tuple[str, ...]:
    """Readers given one by one or in lists with commas: checked, sorted, each once.

    Raises:
        RejectedError: there is none, there are too many, or one cannot be a reader.
    """
    named = {check_principal(name.strip()) for entry in given for name in entry.split(",") if name.strip()}
    if not named:
        raise RejectedError("readers: name at least one group, `user:<name>`, or `public`")
    if len(named) > MAX_READERS:
        raise RejectedError(f"readers: {len(named)} are too many; the limit is {MAX_READERS}: use a group")
    return tuple(sorted(named))


def file_name_of(given: str) -> str:
    """The name of an uploaded file without folders, in Unicode's composed form.

    Raises:
        RejectedError: it is empty, climbs out of its folder, or holds what no file name holds.
    """
    name = unicodedata.normalize("NFC", given).strip()
    _check(name, "the file name")
    if _climbs(name):
        raise RejectedError(f"the file name {name!r} leads out of its folder")
    base = posixpath.basename(name.replace("\\", "/")).strip()
    if not base:
        raise RejectedError("the file has no name")
    return base


def file_key_of(path: str, filename: str) -> str:
    """The key of a file in the source `files`: its path below the uploaded folder, or its name.

    Raises:
        RejectedError: the path leads out of its folder.
    """
    key = unicodedata.normalize("NFC", path).strip().replace("\\", "/")
    if not key:
        return filename
    _check(key, "path")
    if _climbs(key) or _DRIVE.match(key):
        raise RejectedError(f"path {key!r} leads out of its folder")
    cleaned = posixpath.normpath(key)
    return cleaned if posixpath.basename(cleaned) == filename else posixpath.join(cleaned, filename)


def record_key_of(given: str) -> str:
    """The key of a pushed record.

    Raises:
        RejectedError: it is empty, too long, or holds control characters.
    """
    if not given.strip():
        raise RejectedError("the key is empty")
    _check(given, "the key")
    return given


def metadata_of(given: object) -> dict[str, str]:
    """Metadata as an object of short texts; numbers and booleans become text.

    Raises:
        RejectedError: it is anything else.
    """
    if not isinstance(given, Mapping):
        raise RejectedError("metadata must be an object of texts")
    if len(given) > _MAX_METADATA:
        raise RejectedError(f"metadata may have at most {_MAX_METADATA} entries")
    return {_metadata_text(name): _metadata_text(value) for name, value in given.items() if value is not None}


def metadata_from_json(given: str) -> dict[str, str]:
    """The form field `metadata`; empty is none.

    Raises:
        RejectedError: it is not a JSON object of texts.
    """
    if not given.strip():
        return {}
    try:
        return metadata_of(orjson.loads(given))
    except orjson.JSONDecodeError as error:
        raise RejectedError(f"metadata is not JSON: {error}") from None


def title_of(given: str) -> str:
    """A title in one line.

    Raises:
        RejectedError: it is longer than 500 characters.
    """
    title = " ".join(_CONTROL.sub(" ", given).split())
    if len(title) > 500:
        raise RejectedError("title may have at most 500 characters")
    return title


def url_of(given: str) -> str:
    """A link that is safe to show: http, https, mailto, or a path on this site; empty is none.

    Raises:
        RejectedError: it is another kind of link.
    """
    url = given.strip()
    if url and not re.match(r"(https?://|mailto:|/(?!/))", url, re.IGNORECASE):
        raise RejectedError("url must begin with https://, http://, mailto: or /")
    if len(url) > 2000 or _CONTROL.search(url):
        raise RejectedError("url is longer than 2,000 characters or holds control characters")
    return url


def _metadata_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise RejectedError("metadata must be an object of texts, without lists or objects inside")
    text = str(value)
    if len(text) > _MAX_METADATA_CHARACTERS or "\0" in text:
        raise RejectedError(f"metadata: each entry may have at most {_MAX_METADATA_CHARACTERS:,} characters")
    return text


def _climbs(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == ""


def _check(name: str, what: str) -> None:
    if _CONTROL.search(name):
        raise RejectedError(f"{what} holds control characters")
    if len(name) > MAX_KEY_CHARACTERS:
        raise RejectedError(f"{what} has {len(name)} characters; the limit is {MAX_KEY_CHARACTERS}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise RejectedError(f"{what} is not valid Unicode") from None
