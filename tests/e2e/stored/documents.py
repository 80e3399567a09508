"""Payloads in what becomes a document: files, rows of a source, pushed records, and those that were rejected."""

from __future__ import annotations

import html
import json
from functools import partial
from typing import Any

import httpx

from tests.e2e.stored.payloads import PAYLOADS
from tests.e2e.stored.planting import NUMBERED, Planting

WHOLE_FILES = {
    "htm": "<!doctype html><title>{run}</title><h1>{run}, revision {revision}</h1><pre>{escaped}</pre>",
    "html": "<!doctype html><title>{run}</title><h1>{run}, revision {revision}</h1>{lines}",
    "md": "# {run}\n\n{lines}\n\nRevision {revision}\n",
    "txt": "{run}\n\n{lines}\n\nRevision {revision}\n",
    "csv": "name,note\n{run},{quoted}\nrevision,{revision}\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(window.zq=1)"><text>{run} {revision}</text></svg>',
    "json": '{{"{run}": {json}, "revision": {revision}}}',
}
"""Ending → a file that holds every payload: as HTML and, escaped, as text in HTML (SVG has one, and no text)."""

_ADD_PART = """
INSERT INTO parts (part_no, name_en, name_zh, supplier_id, price_eur, user_replaceable, instructions)
VALUES (%s, %s, %s, (SELECT min(id) FROM suppliers), 7.75, true, %s)
"""


def plant_documents(planting: Planting) -> None:
    """What is read in the background: rows, records, and files that hold all payloads; see `is_read`."""
    planting.undo.callback(_delete_files, planting)
    _send_whole(planting, 1)
    _rows(planting)
    _records(planting)


def plant_files(planting: Planting) -> None:
    """A second version of those files, and a small file for every payload, for which nobody needs to wait."""
    _send_whole(planting, 2)
    endings = tuple(WHOLE_FILES)

    def name_of(number: int) -> str:
        return f"{PAYLOADS[number - 1]}.{endings[number % len(endings)]}"

    def send(number: int, payload: str) -> httpx.Response:
        about = {"title": payload, "metadata": json.dumps({payload: payload}), "path": f"{planting.run}/{payload}"}
        return _send(planting, name_of(number), f"{planting.run} {number}", **about)

    for number, made in planting.each("file name, path, metadata", send):
        planting.files[name_of(number)] = made["id"]


def is_read(planting: Planting) -> bool:
    """Whether the second versions, every row and every record came through."""
    for ending in WHOLE_FILES:
        seen = planting.eve.get(f"/v1/documents/{planting.files[ending]}").raise_for_status().json()
        assert seen["state"] not in {"failed", "dropped"} or ending == "svg", seen
        if seen["revision"] != 2 or seen["state"] in {"queued", "parsing", "indexing"}:
            return False
    query = {"query": planting.run, "source": "erp", "limit": "200"}
    parts = planting.eve.get("/v1/documents", params=query).raise_for_status().json()["documents"]
    return len(parts) >= len(PAYLOADS) and len(_letters(planting)) >= planting.taken["record"]


def change_documents(planting: Planting) -> None:
    """What people change on documents that are there: titles, readers, and the dead letters by hand."""
    files, letters = list(planting.files.values()), _letters(planting)

    def change(number: int, **what: Any) -> httpx.Response:
        return planting.eve.patch(f"/v1/documents/{files[number % len(files)]}", json=what)

    def mend(number: int, payload: str) -> httpx.Response:
        path = f"/v1/dead-letters/{letters[number % len(letters)]['id']}"
        seen = planting.eve.get(path).raise_for_status().json()
        parts = dict.fromkeys(("title", "text", "kind", "url"), payload)
        mended = {**json.loads(seen["payload"]), **parts, "metadata": {payload: payload}}
        return planting.eve.put(path, json={"payload": mended, "fingerprint": seen["fingerprint"]})

    planting.each("document title", lambda number, payload: change(number, title=payload))
    planting.each("document reader", lambda number, payload: change(number, readers=["employees", payload]))
    planting.each("dead letter", mend)


def _send_whole(planting: Planting, revision: int) -> None:
    run = planting.run
    lines = "\n\n".join(f"The {run} valve {number} opens at {number}7 bar: {payload}" for number, payload in NUMBERED)
    quoted = '"' + lines.replace('"', '""') + '"'
    values = {"run": run, "lines": lines, "quoted": quoted, "json": json.dumps(lines), "revision": revision}
    values["escaped"] = html.escape(lines)
    for ending, written in WHOLE_FILES.items():
        made = planting.tried("file text", _send(planting, f"{run}-whole.{ending}", written.format(**values)))
        assert made, ending
        planting.files[ending] = made["id"]


def _send(planting: Planting, name: str, text: str, **more: str) -> httpx.Response:
    form = {"readers": "employees", **more}
    return planting.eve.post("/v1/documents", files={"file": (name, text)}, data=form)


def _delete_files(planting: Planting) -> None:
    planting.eve.post("/v1/documents:bulk", json={"ids": list(planting.files.values()), "action": "delete"})


def _rows(planting: Planting) -> None:
    """A part of the ERP for every payload."""
    with planting.product.database("sample_erp") as erp:
        for number, payload in NUMBERED:
            text = payload.replace("\x00", "")
            erp.execute(_ADD_PART, [f"{planting.run}-{number}", text, text, text])
            planting.taken["row of a source"] += 1
    planting.undo.callback(_remove_rows, planting)


def _remove_rows(planting: Planting) -> None:
    with planting.product.database("sample_erp") as erp:
        erp.execute("DELETE FROM parts WHERE part_no LIKE %s", [f"{planting.run}-%"])


def _records(planting: Planting) -> None:
    """A pushed record for every payload; and one more that its pack rejects, so that it becomes a dead letter."""
    eve, path, body = planting.eve, f"/v1/records/{planting.run}", {"readers": ["employees"], "text": "x"}

    def send(_: int, payload: str) -> httpx.Response:
        held = {"title": payload, "text": payload, "metadata": {payload: payload}, "kind": payload[:100]}
        kept = {**body, **held, "key": f"{planting.run} {payload}"}
        lost = {**body, "title": payload, "key": payload, "pack": planting.run}
        return eve.post(f"{path}:batch", json={"records": [kept, lost]})

    keys = ["one"]
    for number, _ in planting.each("record", send):
        keys += [f"{planting.run} {PAYLOADS[number - 1]}", PAYLOADS[number - 1]]

    def send_one(name: str, _: int, payload: str) -> httpx.Response:
        return eve.put(f"{path}/one", json={**body, name: [payload] if name == "readers" else payload})

    for name in ("url", "language", "pack", "readers"):
        planting.each(f"record {name}", partial(send_one, name))
    gone = [{"key": key, "deleted": True} for key in keys]
    planting.undo.callback(eve.post, f"{path}:batch", json={"records": gone})


def _letters(planting: Planting) -> list[dict[str, Any]]:
    query = {"source": planting.run, "state": "open", "limit": "200"}
    found: list[dict[str, Any]] = planting.eve.get("/v1/dead-letters", params=query).json()["dead_letters"]
    return found


def drop_letters(planting: Planting) -> None:
    """Nobody is to mend them."""
    planting.eve.post("/v1/dead-letters:bulk", json={"action": "drop", "source": planting.run})
