from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.parsing.parse import parse
from retrieval.errors import RejectedError
from tests.ingestion.parsing.files import packed, pdf, read

CONTENT_TYPES = "<Types/>"


def docx(body: str, head: str = "") -> bytes:
    document = f"{head}<w:document xmlns:w='urn:w'><w:body>{body}</w:body></w:document>"
    return packed({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": document})


def bomb(megabytes: int) -> bytes:
    return packed({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": b"\0" * (megabytes << 20)})


def encrypted_zip() -> bytes:
    data = bytearray(docx("<w:p/>"))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + flags] |= 1
    return bytes(data)


def ole(stream: str) -> bytes:
    """A compound file with one empty stream."""
    free, end, none = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 62, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", head, 40, 0, 1, 1, 0, 4096, end, 0, end, 0)
    struct.pack_into("<109I", head, 76, 0, *[free] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, end, *[free] * 126)
    entries = b""
    for name, kind, child in (("Root Entry", 5, 1), (stream, 2, none), ("", 0, none), ("", 0, none)):
        wide = (name + "\0").encode("utf-16-le")
        entry = wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, none, none, child)
        entries += entry.ljust(116, b"\0") + struct.pack("<IQ", end, 0)
    return bytes(head) + table + entries


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("really.txt", pdf([[(72, 700, 10, "some words on a page")]]), "application/pdf"),
        ("really.pdf", docx("<w:p><w:r><w:t>x</w:t></w:r></w:p>"), "wordprocessingml"),
        ("really.docx", b"<!DOCTYPE html><html><body><p>x</p></body></html>", "text/html"),
        ("really.xlsx", b"just a few plain words\nand more\n", "text/plain"),
        ("noname", b'{"a": [1, 2]}', "application/json"),
        ("noname", b"# Title\n\n- item\n- item\n", "text/markdown"),
        ("noname", b"From: a@x.example\nTo: b@x.example\nSubject: s\n\nhello\n", "message/rfc822"),
        ("notes.md", b"a,b\n1,2\n", "text/markdown"),
        ("data.xml", b"<?xml version='1.0'?><order><id>7</id></order>", "application/xml"),
    ],
)
def test_the_content_decides_not_the_extension(tmp_path: Path, name: str, data: bytes, media_type: str) -> None:
    assert media_type in read(tmp_path, name, data).media_type


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.txt", b"", "a.txt is empty"),
        ("a.pdf", b" \r\n\t", "a.pdf is empty"),
        ("a.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\xff", "a.exe is a program, which is not supported"),
        ("a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0", "a.mp4 is a video"),
        ("a.bin", bytes(range(256)) * 4, "unknown kind"),
        ("a.zip", packed({"x.txt": "hello", "y.csv": "a"}), "a.zip is a zip archive of .csv, .txt files: unpack it"),
        ("a.docx", b"PK\x03\x04 cut off", "damaged or incomplete"),
        ("a.docx", docx("<w:p>"), "damaged or incomplete Word document"),
        ("a.docx", encrypted_zip(), "protected by a password"),
        ("a.docx", ole("EncryptedPackage"), "protected by a password"),
        ("a.odg", packed({"mimetype": "application/vnd.oasis.opendocument.graphics"}), "OpenDocument graphics"),
        ("a.doc", ole("WordDocument"), "damaged or incomplete Word document"),
        ("a.msg", ole("Unheard"), "unknown program"),
        ("a.png", b"\x89PNG\r\n\x1a\nbroken", "damaged or incomplete picture"),
        ("a.json", b'{"a": }', "not valid JSON"),
        ("a.docx", docx("<w:p/>"), "a.docx has no text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(RejectedError, match=sentence) as caught:
        read(tmp_path, name, data)
    assert "\n" not in caught.value.message


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match="times its size"):
        read(tmp_path, "bomb.docx", bomb(40))
    with pytest.raises(RejectedError, match="would unpack to 40 MB; the limit is 30 MB"):
        read(tmp_path, "bomb.docx", bomb(40), expanded_mb=30)


def test_a_member_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    data = bytearray(docx("<w:p><w:r><w:t>" + "x" * 5000 + "</w:t></w:r></w:p>"))
    size = zipfile.ZipFile(io.BytesIO(data)).getinfo("word/document.xml").file_size
    data = bytearray(bytes(data).replace(struct.pack("<I", size), struct.pack("<I", 50)))
    with pytest.raises(RejectedError, match="damaged"):
        read(tmp_path, "a.docx", bytes(data))


LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", docx("<w:p><w:r><w:t>&c;</w:t></w:r></w:p>", LAUGHS)),
        ("a.xml", f"<?xml version='1.0'?>{LAUGHS}<d>&c;</d>".encode()),
    ],
)
def test_entities_made_of_entities_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(RejectedError, match="entities"):
        read(tmp_path, name, data)


def test_an_external_entity_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do-not-tell")
    data = f"<?xml version='1.0'?><!DOCTYPE d [<!ENTITY x SYSTEM 'file://{secret}'>]><d><p>shown &x;</p></d>"
    text = read(tmp_path, "a.xml", data.encode()).text
    assert "shown" in text
    assert "do-not-tell" not in text


def test_more_text_than_allowed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectedError, match="8,999,999 characters of text; the limit is 8,000,000"):
        read(tmp_path, "long.txt", b"words and " * 900_000)


def test_progress_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([[(72, 700, 10, "first page")], [(72, 700, 10, "second page")]]))
    told: list[tuple[str, int, int]] = []
    parse(path, "a.pdf", progress=lambda stage, page, pages: told.append((stage, page, pages)))
    assert ("page", 2, 2) in told


STARTS = [
    b"",
    b"%PDF-1.4\n",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"<html>",
    b"<?xml version='1.0'?>",
    b"{",
    b"{\\rtf1 ",
    b"PATN\nWKU  1\n",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    start=st.sampled_from(STARTS),
    rest=st.binary(max_size=400),
    extension=st.sampled_from(["csv", "md", "eml", "adoc", "xlsx", ""]),
)
def test_no_bytes_raise_anything_but_a_rejection(tmp_path: Path, start: bytes, rest: bytes, extension: str) -> None:
    try:
        said = read(tmp_path, f"f.{extension}", start + rest).title
    except RejectedError as error:
        said = error.message
    assert said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(cut=st.integers(0, 1500), change=st.integers(0, 1500), byte=st.integers(0, 255))
def test_damaged_documents_raise_nothing_but_a_rejection(tmp_path: Path, cut: int, change: int, byte: int) -> None:
    data = bytearray(docx("<w:p><w:r><w:t>some words</w:t></w:r></w:p>" * 3))
    data[change % len(data)] = byte
    try:
        said = read(tmp_path, "f.docx", bytes(data[: len(data) - cut])).title
    except RejectedError as error:
        said = error.message
    assert said
