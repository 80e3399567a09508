"""Contracts that several tests use."""

from __future__ import annotations

PRODUCTS = """\
source: erp
connection: postgresql://freshet:${ERP_PASSWORD}@db.example:5432/erp
tables:
  - public.products
  - {table: crm.products, name: crm_products, key: [id]}
documents:
  - kind: product
    sql: |
      SELECT p.id, p.name, p.price, p.readers
      FROM products p
    key: [id]
    title: "{name}"
    text: |
      # {name}
      costs {price} {{net}}
    url: "https://shop.example/{id}"
    language: en
    readers: {column: readers}
    cleaning: commerce
    metadata: [price]
"""

ORDERS = """\
source: web
topic: web.orders
format: json
columns:
  id: BIGINT
  amount: "DECIMAL(10, 2)"
  city: {type: STRING, path: $.address.city}
key: [id]
documents:
  - kind: order
    sql: SELECT id, amount, city FROM records
    key: [id]
    title: Order {id}
    text: "{amount} to {city}"
    readers: [sales]
"""

LOGS = """\
source: machines
files: ["${LOGS}/machine*.log"]
lines:
  format: regex
  pattern: '^(?P<at>\\S+) (?P<code>[A-Z]\\d+)'
  columns: {at: STRING, code: STRING}
documents:
  - kind: error
    sql: SELECT code, COUNT(*) AS times FROM lines GROUP BY code
    key: [code]
    title: Error {code}
    text: seen {times} times
    readers: [service]
"""
