"""Which format a file is in, by its content; the extension decides only between kinds of text."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

from ingestion.parsing.archive import member_names
from ingestion.parsing.encoding import decode, is_text
from ingestion.parsing.model import Source
from ingestion.parsing.ole import OleFile
from retrieval.errors import RejectedError

HEAD_BYTES = 65_536

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_MAGIC = (
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!", "RAR archive"),
    (b"\xfd7zXZ", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "Zstandard archive"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"SQLite format 3", "SQLite database"),
    (b"%!PS", "PostScript file"),
    (b"ID3", "sound recording"),
    (b"OggS", "sound recording"),
    (b"fLaC", "sound recording"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"PAR1", "Parquet file"),
    (b"8BPS", "Photoshop picture"),
    (b"AT&TFORM", "DjVu document"),
)
_BY_EXTENSION = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "delimited",
    ".tsv": "delimited",
    ".tab": "delimited",
    ".psv": "delimited",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".adoc": "asciidoc",
    ".asciidoc": "asciidoc",
    ".asc": "asciidoc",
    ".eml": "mail",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".xml": "xml",
    ".txt": "text",
    ".log": "text",
}
_ODF = {"text": "odt", "presentation": "odp", "spreadsheet": "sheets"}
_OLE_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "sheets"),
    ("Book", "sheets"),
    ("__properties_version1.0", "outlook"),
)
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|table|div|p|h[1-6]|ul|ol|article|section|span)\b", re.IGNORECASE
)
_MAIL = re.compile(
    r"^(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to|x-[\w-]+):", re.IGNORECASE
)
_HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]*:|^[ \t]+\S|^From ")
_ASCIIDOC = re.compile(r"^(?:= \S|:[\w-]+:(?: |$)|\[\[?[\w#.%=\" ,{}-]+\]\]?$|(?:image|include)::\S+\[)", re.MULTILINE)
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|```|\|[ :]*-+|[-*] \S|---$)", re.MULTILINE)


def kind_of(source: Source) -> str:
    """The name of the format's parser: `pdf`, `docx`, `sheets`, …

    Raises:
        RejectedError: the file is empty, encrypted, or of a kind that is not supported; the sentence names it.
    """
    with source.path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise RejectedError(f"{source.filename} is empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(source)
    if head.startswith(_OLE):
        return _ole_kind(source)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    _refuse_binary(source, head)
    return _text_kind(source, head)


def _zip_kind(source: Source) -> str:
    names = member_names(source.path)
    if not names:
        raise source.broken("zip-based document")
    known = set(names)
    if "mimetype" in known or "content.xml" in known:
        kind = _odf_kind(source)
        if kind:
            return kind
    for folder, kind in (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "sheets")):
        if any(name.startswith(folder) for name in names):
            return kind
    if "[Content_Types].xml" in known:
        raise source.broken("Office document")
    inside = ", ".join(sorted({PurePosixPath(name).suffix for name in names if PurePosixPath(name).suffix})[:5])
    raise RejectedError(
        f"{source.filename} is a zip archive{f' of {inside} files' if inside else ''}: unpack it and upload the files"
    )


def _odf_kind(source: Source) -> str:
    import zipfile

    with zipfile.ZipFile(source.path) as opened:
        try:
            info = opened.getinfo("mimetype")
        except KeyError:
            return ""
        if info.file_size > 200 or info.flag_bits & 1:
            return ""
        try:
            mimetype = opened.read(info).decode("ascii", "replace").strip()
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError):
            return ""
    if mimetype == "application/epub+zip":
        return "epub"
    if not mimetype.startswith("application/vnd.oasis.opendocument."):
        return ""
    kind = mimetype.removeprefix("application/vnd.oasis.opendocument.").removesuffix("-template")
    if kind not in _ODF:
        raise RejectedError(f"{source.filename} is an OpenDocument {kind}, which is not supported")
    return _ODF[kind]


def _ole_kind(source: Source) -> str:
    streams = OleFile(source).root_names
    for name, kind in _OLE_STREAMS:
        if name in streams:
            if kind == "encrypted":
                raise RejectedError(f"{source.filename} is protected by a password")
            return kind
    raise RejectedError(f"{source.filename} is an OLE file of an unknown program, which is not supported")


def _refuse_binary(source: Source, head: bytes) -> None:
    for magic, name in _MAGIC:
        if head.startswith(magic) and not (magic in {b"MZ", b"BM", b"ID3"} and is_text(head)):
            raise RejectedError(f"{source.filename} is a {name}, which is not supported")
    if head[4:8] == b"ftyp":
        raise RejectedError(f"{source.filename} is a video, sound recording or HEIF picture, which is not supported")
    if not is_text(head):
        extension = source.extension or "no extension"
        raise RejectedError(
            f"{source.filename} is binary data of an unknown kind ({extension}), which is not supported"
        )


def _text_kind(source: Source, head: bytes) -> str:
    text = decode(head).lstrip()
    hint = _BY_EXTENSION.get(source.extension, "")
    if text.startswith("PATN") and re.match(r"PATN\s*\nWKU ", text):
        return "patent_text"
    if text.startswith("<?xml") or re.match(r"<!DOCTYPE (?!html)", text, re.IGNORECASE):
        return "html" if re.search(r"<html\b", text[:2000], re.IGNORECASE) else "xml"
    if hint in {"markdown", "delimited", "asciidoc"}:
        return hint
    if hint == "mail" or (hint in {"", "text"} and _is_mail(text)):
        return "mail"
    if text[:1] in "{[" and (hint == "json" or _is_json(text, cut=len(head) == HEAD_BYTES)):
        return "json"
    if text.startswith("<") and _HTML.search(text[:4000]):
        return "html"
    if hint in {"html", "xml"} and "<" in text:
        return hint
    if hint in {"text", "json"}:
        return "text"
    return _sniffed(text)


def _sniffed(text: str) -> str:
    """The kind of a text whose name says nothing."""
    if len(_ASCIIDOC.findall(text)) >= 2 and text.count("\n= ") + text.startswith("= ") == 1:
        return "asciidoc"
    return "markdown" if len(_MARKDOWN.findall(text)) >= 2 else "text"


def _is_mail(text: str) -> bool:
    lines = text.split("\n", 40)[:40]
    known = 0
    for line in lines:
        if not line.strip():
            break
        if not _HEADER.match(line):
            return False
        known += bool(_MAIL.match(line))
    return known >= 3


def _is_json(text: str, *, cut: bool) -> bool:
    if cut:
        return bool(re.match(r"""[\[{]\s*(?:["\[{\]}]|-?\d|true|false|null)""", text))
    try:
        json.loads(text)
    except ValueError:
        first = text.split("\n", 1)[0]
        try:
            return isinstance(json.loads(first), dict)
        except ValueError:
            return False
    return True
