"""The pages' own unit tests (vitest, `app/web/src/**/*.test.ts`) pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_pages_pass_their_unit_tests() -> None:
    command = [sys.executable, str(ROOT / "deploy" / "pages.py"), "test"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
