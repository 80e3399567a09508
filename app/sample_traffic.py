"""Makes the sample enterprise live: orders, moves of stock, prices, tickets, log lines, one change after another."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from app.sample import log_folder
from app.sample_database import sample_address
from app.settings import Settings
from retrieval.errors import UnavailableError

_PLACE_ORDER = b"""
INSERT INTO orders (id, order_no, customer_id, placed_at, status, channel, currency, shipping_address)
SELECT number, 'SO-' || 10200 + number, c.id, now(), 'new', 'shop', CASE c.country WHEN 'CN' THEN 'CNY' ELSE 'EUR' END,
       jsonb_build_object('name', c.name, 'city', c.city, 'country', c.country)
FROM customers c, nextval(pg_get_serial_sequence('orders', 'id')) AS number
ORDER BY random() LIMIT 1 RETURNING id, order_no, currency
"""
_ADD_LINES = b"""
INSERT INTO order_lines (order_id, line_no, product_id, quantity, unit_price)
SELECT %s, row_number() OVER (), product_id, 1, amount
FROM (SELECT product_id, amount FROM prices WHERE currency = %s AND valid_to IS NULL
      ORDER BY random() LIMIT %s) AS chosen
RETURNING product_id
"""
_ADVANCE_ORDER = b"""
UPDATE orders SET status = CASE status WHEN 'new' THEN 'paid' WHEN 'paid' THEN 'packed' WHEN 'packed' THEN 'shipped'
                           ELSE 'delivered' END
WHERE id = (SELECT id FROM orders WHERE status IN ('new', 'paid', 'packed', 'shipped') ORDER BY random() LIMIT 1)
RETURNING id, order_no, status, currency
"""
_SHIP = b"""
INSERT INTO shipments (order_id, warehouse_id, carrier, tracking_no, shipped_at)
VALUES (%s, %s, 'Nordpost', %s, now()) ON CONFLICT (tracking_no) DO NOTHING
"""
_DELIVER = b"UPDATE shipments SET delivered_at = now() WHERE order_id = %s AND delivered_at IS NULL"
_MOVE_STOCK = b"""
UPDATE stock SET on_hand = greatest(0, on_hand + %s), counted_at = now() AT TIME ZONE 'UTC'
WHERE (warehouse_id, product_id) = (SELECT warehouse_id, product_id FROM stock ORDER BY random() LIMIT 1)
RETURNING on_hand, (SELECT sku FROM products WHERE id = product_id) AS sku
"""
_CHANGE_PRICE = b"""
UPDATE prices SET amount = round(amount * %s::numeric, 2)
WHERE id = (SELECT id FROM prices WHERE valid_to IS NULL ORDER BY random() LIMIT 1)
RETURNING amount, currency, (SELECT sku FROM products WHERE id = product_id) AS sku
"""
_OPEN_TICKET = b"""
INSERT INTO tickets (id, ticket_no, account_id, machine_no, subject, status, priority, lang, opened_at)
SELECT number, 'T-' || 3000 + number, a.id,
       (SELECT min(machine_no) FROM machines m WHERE m.account_id = a.id), %s, 'open', %s, %s, now()
FROM accounts a, nextval(pg_get_serial_sequence('tickets', 'id')) AS number WHERE a.lang = %s
ORDER BY random() LIMIT 1 RETURNING id, ticket_no
"""
_AWAIT_CUSTOMER = b"""
UPDATE tickets SET status = 'waiting'
WHERE id = (SELECT id FROM tickets WHERE lang = %s AND status IN ('open', 'waiting') ORDER BY random() LIMIT 1)
RETURNING id, ticket_no
"""
_ADD_MESSAGE = b"INSERT INTO messages (ticket_id, sent_at, author, from_customer, body) VALUES (%s, now(), %s, %s, %s)"
_ANY_MACHINE = b"SELECT machine_no, sku, firmware FROM machines ORDER BY random() LIMIT 1"

_TICKETS = (
    ("en", "Shots run too slow since yesterday", "It takes 45 s for 36 g. I have not changed the beans."),
    ("en", "Steam is weak in the morning", "The wand only spits water for the first minute."),
    ("zh", "磨豆机出粉结块", "最近几天粉都结成块，豆子没有换过。"),
    ("zh", "机器预热后自动关机", "预热十分钟左右就自动关机，屏幕没有报错。"),
)
_REPLIES = (
    ("en", "Thank you, we are looking into it. Which firmware does the machine show under Menu > Info?"),
    ("en", "Please send us a picture of the display and the serial number behind the drip tray."),
    ("zh", "您好，请先用盲碗反冲洗三次，再观察一天，谢谢。"),
    ("zh", "请问水箱里的滤芯是什么时候更换的？"),
)
_ERRORS = (
    ("E14", "brew pressure 12.7 bar on group 1, shot stopped", 12.7),
    ("E21", "descaling due", None),
    ("E23", "water filter exhausted", None),
    ("E27", "bean hopper 1 empty", None),
    ("E35", "milk system cleaning overdue by 1 day", None),
)
_PROBLEMS = (
    ("WARN", "stock-sync", "STK-031", "negative availability for GM-20 in LNZ, order held"),
    ("ERROR", "payment", "PAY-502", "payment provider answered 502"),
    ("WARN", "search-index", "IDX-017", "index 6 minutes behind"),
    ("INFO", "checkout", "ORD-100", "order accepted in 212 ms"),
)
Row = dict[str, Any]
Connection = psycopg.Connection[Row]


@dataclass(frozen=True, slots=True)
class Enterprise:
    """The sample's databases and logs; each of its methods lets one thing happen and says it in a sentence."""

    erp: Connection
    crm: Connection
    logs: Path
    chance: random.Random

    def step(self) -> str:
        """Let one thing happen; what happens often in a shop happens often here."""
        often = (self.advance_order, self.move_stock, self.reply)
        seldom = (self.place_order, self.change_price, self.open_ticket, self.report_error, self.write_shop_log)
        return self.chance.choice((*often, *often, *seldom))()

    def place_order(self) -> str:
        """A customer orders one or two things; order and lines are committed together."""
        with self.erp.transaction():
            order = _rows(self.erp, _PLACE_ORDER)[0]
            lines = _rows(self.erp, _ADD_LINES, order["id"], order["currency"], self.chance.randint(1, 2))
        return f"order {order['order_no']} placed with {len(lines)} lines"

    def advance_order(self) -> str:
        """An order that is under way makes its next step; when it is shipped it gets its shipment."""
        with self.erp.transaction():
            found = _rows(self.erp, _ADVANCE_ORDER)
            if not found:
                return "no order is under way"
            order = found[0]
            if order["status"] == "shipped":
                warehouse = 3 if order["currency"] == "CNY" else 1
                self.erp.execute(_SHIP, (order["id"], warehouse, f"TRK{770000 + order['id'] * 13}"))
            if order["status"] == "delivered":
                self.erp.execute(_DELIVER, (order["id"],))
        return f"order {order['order_no']} is {order['status']}"

    def move_stock(self) -> str:
        """Pieces of one product arrive or leave."""
        moved = _rows(self.erp, _MOVE_STOCK, self.chance.choice((-3, -2, -1, 5, 20)))[0]
        return f"stock of {moved['sku']} is now {moved['on_hand']}"

    def change_price(self) -> str:
        """One current price moves by a few per cent."""
        changed = _rows(self.erp, _CHANGE_PRICE, self.chance.choice((0.97, 0.99, 1.01, 1.02)))[0]
        return f"price of {changed['sku']} is now {changed['amount']} {changed['currency']}"

    def open_ticket(self) -> str:
        """A customer opens a ticket with a first message."""
        language, subject, body = self.chance.choice(_TICKETS)
        with self.crm.transaction():
            ticket = _rows(self.crm, _OPEN_TICKET, subject, self.chance.randint(1, 4), language, language)[0]
            self.crm.execute(_ADD_MESSAGE, (ticket["id"], {"en": "Customer"}.get(language, "客户"), True, body))
        return f"ticket {ticket['ticket_no']}: {subject}"

    def reply(self) -> str:
        """The service answers on a ticket that is open."""
        language, body = self.chance.choice(_REPLIES)
        with self.crm.transaction():
            found = _rows(self.crm, _AWAIT_CUSTOMER, language)
            if not found:
                return "no ticket is open"
            author = {"en": "Tom Ashby"}.get(language, "刘燕")
            self.crm.execute(_ADD_MESSAGE, (found[0]["id"], author, False, body))
        return f"answer on ticket {found[0]['ticket_no']}"

    def report_error(self) -> str:
        """A machine in the field reports an error code."""
        machine = _rows(self.crm, _ANY_MACHINE)[0]
        code, detail, pressure = self.chance.choice(_ERRORS)
        report = {
            "reported_at": _now(),
            "machine": machine["machine_no"],
            "sku": machine["sku"],
            "code": code,
            "detail": detail,
            "pressure_bar": pressure,
            "firmware": machine["firmware"],
        }
        self._append("machines.jsonl", json.dumps(report, ensure_ascii=False))
        return f"machine {machine['machine_no']} reports {code}"

    def write_shop_log(self) -> str:
        """The shop's service writes a line."""
        severity, component, problem, message = self.chance.choice(_PROBLEMS)
        self._append("shop.log", f"{_now()} {severity} {component} [{problem}] {message}")
        return f"shop log: {component} {problem}"

    def _append(self, name: str, line: str) -> None:
        with (self.logs / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


@contextmanager
def open_enterprise(database_url: str, logs: Path, seed: int) -> Iterator[Enterprise]:
    """The sample enterprise, ready to live; `seed` makes a run repeatable on freshly loaded rows.

    Raises:
        UnavailableError: its databases are not there.
    """
    chance = random.Random(seed)  # noqa: S311  # nothing secret hangs on it
    try:
        with _connect(database_url, "sample_erp") as erp, _connect(database_url, "sample_crm") as crm:
            for connection in (erp, crm):
                connection.execute("SELECT setseed(%s)", (chance.random(),))
            logs.mkdir(parents=True, exist_ok=True)
            yield Enterprise(erp, crm, logs, chance)
    except psycopg.OperationalError as error:
        reason = f"the sample's databases do not answer; load them with `freshet sample load`: {error}"
        raise UnavailableError("PostgreSQL", reason) from error


def run_traffic(settings: Settings, per_second: float, seconds: float | None, say: Callable[[str], None]) -> int:
    """Let `per_second` things happen each second, for `seconds` or without end; how many did."""
    assert settings.database_url is not None, "load_settings fills every address"
    begun, done = time.monotonic(), 0
    address, logs = settings.database_url.get_secret_value(), log_folder(settings.freshet_home)
    with open_enterprise(address, logs, seed=time.time_ns()) as enterprise:
        while seconds is None or done < seconds * per_second:
            time.sleep(max(0.0, begun + done / per_second - time.monotonic()))
            say(enterprise.step())
            done += 1
    return done


def _connect(database_url: str, database: str) -> Connection:
    return psycopg.connect(sample_address(database_url, database), autocommit=True, row_factory=dict_row)


def _rows(connection: Connection, query: bytes, *values: object) -> Sequence[Row]:
    return connection.execute(query, values).fetchall()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
