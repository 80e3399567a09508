from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
LOCK = """\
# comment
torch==2.13.0 ; python_full_version < '3.13' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via sentence-transformers
nvidia-cudnn-cu13==9.20.0.48 ; sys_platform == 'linux' \\
    --hash=sha256:cc
    # via torch
triton==3.7.1 \\
    --hash=sha256:dd
typer==0.29.2 \\
    --hash=sha256:ee
"""


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", DEPLOY / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_python_that_stands_on_the_path_but_fails_is_passed_over(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "setup.sh", tmp_path / "setup.sh")
    (tmp_path / "bootstrap.py").write_text("import sys; print('set up by', sys.version_info[:2], sys.argv[1:])")
    script(tmp_path / "python3.12", "#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")
    script(tmp_path / "python3.11", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    done = subprocess.run(
        ["/bin/sh", str(tmp_path / "setup.sh"), "lock"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), "PYTHON": "/nowhere/python"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"set up by {sys.version_info[:2]} ['lock']\n"
    assert done.stderr == ""


def test_a_cpu_wheel_takes_the_place_of_torch_and_of_what_only_cuda_needs(
    bootstrap: ModuleType, tmp_path: Path
) -> None:
    wheel = tmp_path / "torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl"
    wheel.write_bytes(b"a wheel")
    lines = bootstrap.without_cuda(LOCK, wheel).splitlines()
    expected = f"torch @ {wheel.as_uri()} --hash=sha256:{bootstrap.digest(wheel)}"
    assert lines == ["# comment", expected, "typer==0.29.2 \\", "    --hash=sha256:ee"]


def test_the_cpu_wheel_of_the_locked_version_is_found_in_pips_folders(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "NVIDIA_DRIVER", tmp_path / "no-driver")
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", lock)
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    older = tmp_path / f"torch-2.12.0+cpu-{tag}-{tag}-linux_{platform.machine()}.whl"
    fitting = tmp_path / f"torch-2.13.0+cpu-{tag}-{tag}-linux_{platform.machine()}.whl"
    older.touch()
    assert bootstrap.cpu_torch(f"/nowhere {tmp_path}") is None
    fitting.touch()
    assert bootstrap.cpu_torch(f"/nowhere {tmp_path}") == fitting
    monkeypatch.setattr(bootstrap, "NVIDIA_DRIVER", tmp_path)
    assert bootstrap.cpu_torch(str(tmp_path)) is None


def test_pips_own_configuration_reaches_uv_unless_uv_has_its_own(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_FIND_LINKS", "UV_DEFAULT_INDEX", "UV_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_INDEX", "mine")
    pip = {"find-links": "/one /two", "index-url": "https://index.example/simple", "extra-index-url": "https://x"}
    environment = bootstrap.uv_environment(pip)
    assert environment["UV_FIND_LINKS"] == "/one,/two"
    assert environment["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert environment["UV_INDEX"] == "mine"


def test_a_step_is_done_again_when_its_inputs_or_what_it_made_are_not_the_same(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / "stamps.json")
    made = tmp_path / "made"
    made.touch()
    assert not bootstrap.is_current("packages", "k1")
    bootstrap.stamp("packages", "k1", [made])
    assert bootstrap.is_current("packages", "k1")
    assert not bootstrap.is_current("packages", "k2")
    made.unlink()
    assert not bootstrap.is_current("packages", "k1")


def test_a_command_that_fails_stops_set_up_with_its_complaint(bootstrap: ModuleType) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no route to the index')"]
    with pytest.raises(bootstrap.SetupError, match=r"packages failed(.|\n)*no route to the index"):
        bootstrap.run("packages", command, dict(os.environ))


@pytest.fixture
def commands(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be run on a machine that has apt-get, is root's, and has no server that tests start."""
    made: list[list[str]] = []
    script(tmp_path / "apt-get", "#!/bin/sh\n")
    monkeypatch.setattr(bootstrap, "PLACES_OF_SERVERS", ())
    monkeypatch.setattr(bootstrap, "run", lambda what, command, environment, hint="": made.append(command))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    return made


def test_ci_brings_the_servers_that_tests_start_once(
    bootstrap: ModuleType, commands: list[list[str]], tmp_path: Path
) -> None:
    bootstrap.install_test_tools()
    assert [command[4] for command in commands] == ["update", "install"]
    assert commands[1][-3:] == ["chromium", "mariadb-client-core", "mariadb-server-core"]
    commands.clear()
    for program in bootstrap.TEST_TOOLS:
        script(tmp_path / program, "#!/bin/sh\n")
    bootstrap.install_test_tools()
    assert commands == []


def test_without_ci_nothing_is_brought_and_without_rights_the_packages_are_named(
    bootstrap: ModuleType, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    needed = "the tests need chromium mariadb-client-core mariadb-server-core: install"
    with pytest.raises(bootstrap.SetupError, match=needed):
        bootstrap.install_test_tools()
    monkeypatch.setenv("CI", "")
    bootstrap.install_test_tools()
    assert commands == []
