"""A small knowledge base and a judge over it, for tests of the dialog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.dialog.session import Role, Session, Turn
from retrieval.model import Passage
from retrieval.terms import terms

NOW = datetime(2026, 1, 1, tzinfo=UTC)

PRODUCTS = (
    ("Espresso machine X-200", "product", "The X-200 is an espresso machine. It weighs 9 kg and costs 480 euros."),
    ("Espresso machine X-300", "product", "The X-300 is an espresso machine. It weighs 12 kg and costs 690 euros."),
    ("Grinder M2", "product", "The M2 is a grinder with steel burrs. It weighs 3 kg."),
    ("Return policy", "page", "Goods may be returned within 30 days of the day they arrive."),
    ("Ada Lind", "page", "Ada Lind runs the repair shop. She answers mail on Mondays."),
)
HOTELS = (
    ("湖滨酒店", "酒店", "类型：酒店；地址：湖滨路1号；电话：0571-1234；设施：早餐"),
    ("西湖宾馆(南山店)", "酒店", "类型：酒店；地址：南山路8号；电话：0571-5678；设施：泳池"),
    ("楼外楼", "餐馆", "类型：餐馆；地址：孤山路30号；电话：0571-9999"),
    ("退货政策", "页面", "商品到货三十天内可以退货。"),
)


def passage(title: str, kind: str, text: str, score: float = 0.5) -> Passage:
    key = f"k/{title}"
    return Passage(key, "erp", key, kind, title, text, score, 1, "", "", NOW, 0, len(text), "", 0)


class Knowledge:
    """Judges by shared terms: the score is the share of the question's terms that stand in a passage."""

    def __init__(self, *entries: tuple[str, str, str]) -> None:
        self.entries = entries
        self.asked: list[str] = []

    async def judge(self, text: str, *, in_words: bool = False) -> Sequence[Passage]:
        self.asked.append(text)
        wanted = set(terms(text).split())
        found = []
        for title, kind, body in self.entries:
            shared = wanted & set(terms(f"{title} {body}").split())
            if shared:
                found.append(passage(title, kind, body, len(shared) / len(wanted)))
        return sorted(found, key=lambda one: -one.score)


def talked(*texts: str) -> Session:
    """A conversation in which the user and the assistant take turns, the user first."""
    roles: tuple[Role, Role] = ("user", "assistant")
    return Session("s", tuple(Turn(roles[at % 2], text) for at, text in enumerate(texts)))
