"""`python -m benchmarks [NAME…]`: start a product with the sample enterprise, measure, print and write tables."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks import answers, engine, freshness, people, rules, speed
from benchmarks.table import Table, machine
from tests.product import Product, free_block

RESULTS = Path(__file__).parent / "results"
ALL: Mapping[str, Callable[[Product], Iterable[Table]]] = {
    "memory": speed.memory,
    "freshness": freshness.run,
    "ingest": speed.ingest,
    "search": speed.search,
    "rules": rules.run,
    "answers": answers.run,
    "people": people.run,
    "engine": engine.run,
}


def main() -> None:
    """Run the benchmarks named on the command line, or all of them."""
    names = sys.argv[1:] or list(ALL)
    home = Path(tempfile.mkdtemp(prefix="freshet-bench-"))
    home.chmod(0o755)
    product = Product(home, first_port=free_block(23000), sample=True)
    report = [f"# Benchmarks, {time.strftime('%Y-%m-%d %H:%M')}", "", machine(), ""]
    start = Table("Start, with the sample enterprise", ("start", "seconds to ready"))
    try:
        start.rows.append(["first", product.start(600)])
        product.stop()
        start.rows.append(["second", product.start(600)])
        report.append(_shown(start))
        for name in names:
            report += [_shown(table) for table in ALL[name](product)]
    finally:
        product.stop()
        RESULTS.mkdir(exist_ok=True)
        written = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.md"
        written.write_text("\n".join(report), encoding="utf-8")
        shutil.rmtree(home, ignore_errors=True)
    print(f"written to {written}")


def _shown(table: Table) -> str:
    text = str(table)
    print(text, flush=True)
    return text


if __name__ == "__main__":
    main()
