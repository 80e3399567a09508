from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from app.cli_parse import register


def run(path: Path) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["parse", str(path)])


def test_the_markdown_of_a_file_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "库存.csv"
    path.write_bytes("编号,名称\n1,磨豆机\n".encode("gb18030"))
    result = run(path)
    assert (result.exit_code, result.stdout) == (0, "| 编号 | 名称 |\n| - | - |\n| 1 | 磨豆机 |\n")


def test_a_file_that_cannot_be_read_ends_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4 cut off")
    result = run(path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "a.pdf is cut off: the end of the PDF is missing\n"


def test_a_missing_file_ends_in_a_sentence(tmp_path: Path) -> None:
    assert run(tmp_path / "nothing.pdf").exit_code == 1
