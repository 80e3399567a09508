from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.local.parts import FAMILIES, infrastructure, service_parts
from app.local.status import EXTERNAL
from app.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[3]
OWN = {"freshet", "freshet-connect"}
THEIRS = re.compile(r"(POSTGRES|KAFKA|ETCD|MINIO)_")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_every_setting_named_there_is_one_that_the_code_reads(compose: dict[str, Any]) -> None:
    named = {name for service in compose["services"].values() for name in service.get("environment", {})}
    secrets = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    known = {name.upper() for name in Settings.model_fields} | {f"{name}_FILE" for name in secrets}
    assert len(named & known) > 8
    assert {name for name in named - known if not THEIRS.match(name)} == set()


def test_every_service_has_a_health_check_and_a_pinned_image(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert ":" in service["image"].rsplit("/", 1)[-1], name


def test_every_embedded_part_has_its_container(compose: dict[str, Any], tmp_path: Path) -> None:
    settings = load_settings(freshet_home=tmp_path)
    parts = {part.name for part in [*infrastructure(settings, frozenset(EXTERNAL)), *service_parts(settings)]}
    assert parts <= set(compose["services"])
    assert set(FAMILIES["flink"]) <= parts


def test_volumes_secrets_and_needs_are_declared(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        mounted = {str(volume).split(":")[0] for volume in service.get("volumes", [])}
        assert mounted <= set(compose["volumes"]), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", {})) <= set(services), name


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|API_KEY", variable):
                assert variable.endswith("_FILE"), name
                assert str(value).startswith("/run/"), name


def test_only_the_api_is_reachable_from_outside_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert list(published) == ["api"]
    assert all(port.startswith("127.0.0.1:") for port in published["api"])


def test_the_language_model_waits_for_the_gpu_profile(compose: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles") for name, service in compose["services"].items()}
    assert profiles.pop("vllm") == ["gpu"]
    assert set(profiles.values()) == {None}


def test_the_images_copy_only_what_is_in_the_repository() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY") and "--from" not in line]
    sources = [name for names in copied for name in names if not name.startswith("--")]
    assert sources
    assert [name for name in sources if not (ROOT / name).exists()] == []
    assert set(re.findall(r" AS (\w+)", text)) == {"pages", "build", "freshet", "connect"}


def test_docker_itself_takes_the_file() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], check=False, capture_output=True).returncode != 0
    ):
        pytest.skip("Docker's compose plugin is not on this machine")
    done = subprocess.run(
        [docker, "compose", "--profile", "gpu", "config", "-q"], check=False, cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
