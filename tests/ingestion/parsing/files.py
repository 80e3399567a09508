"""Files made by code, so that tests need none from elsewhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingestion.parsing.model import Limits, Parsed
from ingestion.parsing.parse import parse


def read(folder: Path, name: str, data: bytes, **limits: int) -> Parsed:
    """Write `data` as `name` and parse it."""
    path = folder / "upload"
    path.write_bytes(data)
    return parse(path, name, Limits(**limits))


def packed(members: Mapping[str, bytes | str]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


Text = tuple[float, float, float, str]
"""Left, baseline from the bottom, size, words."""


def pdf(pages: Sequence[Sequence[Text]], extra: str = "", rotate: int = 0) -> bytes:
    """A PDF of A4 pages in Helvetica; `extra` is drawn on each page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for texts in pages:
        lines = [f"BT /F1 {size} Tf {left} {base} Td ({words}) Tj ET" for left, base, size, words in texts]
        stream = "\n".join([*lines, extra])
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {rotate} "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return _assembled(objects, "/Root 1 0 R")


def encrypted_pdf() -> bytes:
    """A PDF whose trailer asks for a password that nobody knows."""
    guard = "<< /Filter /Standard /V 1 /R 2 /O <" + "41" * 32 + "> /U <" + "42" * 32 + "> /P -4 >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>", guard]
    return _assembled(objects, "/Root 1 0 R /Encrypt 3 0 R /ID [<00> <00>]")


def _assembled(objects: Sequence[str], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + f"trailer\n<< /Size {len(objects) + 1} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode())
