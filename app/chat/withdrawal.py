"""What a caller may no longer read is taken out of earlier answers: citations, and sentences that rest on them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

_CLAIM = re.compile(r".+?(?:\[\d+\])+[.。!！?？]?|.+?\Z", re.DOTALL)
_MARKER = re.compile(r"\[(\d+)\]")
WITHDRAWN: Mapping[str, str] = {
    "en": "[withdrawn: you may no longer read the source]",
    "zh": "【已撤回：您已无权阅读其来源】",
}


def cited_documents(done: Mapping[str, Any]) -> set[str]:
    """Ids of the documents that an answer cites."""
    return {str(citation["document_id"]) for citation in done.get("citations") or ()}


def withdrawn(done: Mapping[str, Any], readable: Collection[str]) -> dict[str, Any]:
    """`done` without what rests on documents outside `readable`: their citations, and the claims that bear them."""
    citations = list(done.get("citations") or ())
    kept = [citation for citation in citations if citation["document_id"] in readable]
    if len(kept) == len(citations):
        return dict(done)
    lost = {str(citation["marker"]) for citation in citations if citation not in kept}
    note = WITHDRAWN["zh" if done.get("language") == "zh" else "en"]
    return {**done, "answer": _without(str(done.get("answer") or ""), lost, note), "citations": kept, "withdrawn": True}


def _without(answer: str, lost: set[str], note: str) -> str:
    parts = [claim if lost.isdisjoint(_MARKER.findall(claim)) else note for claim in _CLAIM.findall(answer)]
    told = [part for at, part in enumerate(parts) if part != note or at == 0 or parts[at - 1] != note]
    return "".join(told).strip()
