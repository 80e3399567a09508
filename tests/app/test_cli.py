"""The assembly of the command line: every command is where the table says, and the help imports none of them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
import typer
from typer.main import get_group
from typer.testing import CliRunner

from app.cli import COMMANDS, build


@pytest.mark.parametrize("module", sorted({module for module, _ in COMMANDS.values()}))
def test_a_module_has_exactly_the_commands_of_its_rows(module: str) -> None:
    app = typer.Typer()
    import_module(f"app.{module}").register(app)
    app.callback()(lambda: None)
    assert set(get_group(app).commands) == {name for name, row in COMMANDS.items() if row[0] == module}


def test_the_help_lists_every_command_and_imports_none() -> None:
    script = (
        "import sys; from app.cli import build; import app.cli as c; g = build(['--help']); print(sorted(sys.modules))"
    )
    modules = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert not any(f"'app.{module}'" in modules for module, _ in COMMANDS.values())
    assert "'sqlalchemy'" not in modules
    shown = CliRunner().invoke(build(["--help"]), ["--help"]).stdout
    assert all(f" {name} " in shown for name in COMMANDS)


def test_no_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(build([]), []).exit_code == 2


def test_a_sentence_and_status_1_for_what_failed(tmp_path: object) -> None:
    command = [sys.executable, "-m", "app.cli", "token", "--user", "ann", "--role", "king"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={"FRESHET_HOME": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "role 'king': the roles are customer, employee, agent, editor, admin\n"
