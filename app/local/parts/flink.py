"""A Flink session cluster from the apache-flink package: one JobManager, one TaskManager, no shell scripts."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

import app
from app.local.jars import jar_files
from app.local.java import LOG_CONFIGURATION, QUICK, java_command, java_home
from app.local.packages import package_folder
from app.local.part import NotReadyError, Part, Port
from app.local.probes import answers_json
from app.settings import LOOPBACK, Settings

SLOTS = 16
JOBMANAGER_HEAP = "256m"
# What bin/taskmanager.sh would work out; said here, the TaskManager starts without a second JVM to do the sums.
TASKMANAGER_MEMORY = {
    "framework.heap.size": "96m",
    "task.heap.size": "288m",
    "framework.off-heap.size": "96m",
    "task.off-heap.size": "32m",
    "network.min": "64m",
    "network.max": "64m",
    "managed.size": "64m",
    "jvm-metaspace.size": "320m",
    "jvm-overhead.min": "128m",
    "jvm-overhead.max": "128m",
}
TASKMANAGER_FLAGS = ("-Xmx384m", "-Xms96m", "-XX:MaxDirectMemorySize=192m", "-XX:MaxMetaspaceSize=320m")


def flink_home() -> Path:
    """The Flink distribution inside the package."""
    return package_folder("pyflink", "apache-flink")


def flink_environment(settings: Settings) -> dict[str, str]:
    """What every process that talks to the cluster or runs in it needs: its JRE, configuration and libraries."""
    folder = settings.freshet_home / "data" / "flink"
    return {
        "JAVA_HOME": java_home(),
        "FLINK_HOME": str(flink_home()),
        "FLINK_CONF_DIR": str(folder / "conf"),
        "FLINK_LIB_DIR": str(folder / "lib"),
        "FLINK_LOG_DIR": str(folder / "log"),
        "PYTHONPATH": str(Path(app.__file__).resolve().parent.parent),
        "FRESHET_HOME": str(settings.freshet_home),
    }


def describe(settings: Settings) -> list[Part]:
    """The parts `jobmanager` and `taskmanager`."""
    folder = settings.freshet_home / "data" / "flink"
    jars = libraries()
    options = configuration(settings)["env"]["java"]["opts"]["all"].split()
    flags = [flag for flag in options if flag not in QUICK]
    logging = [f"-Dlog4j.configurationFile={folder / 'conf' / 'log4j-console.properties'}"]
    rest = str(settings.flink_rest_url)

    def prepare() -> None:
        write_configuration(settings, jars)

    async def has_slots() -> None:
        managers = (await answers_json(f"{rest}/taskmanagers"))["taskmanagers"]
        if not any(manager["slotsNumber"] for manager in managers):
            message = "not yet registered"
            raise NotReadyError(message)

    arguments = ("--configDir", str(folder / "conf"))
    heap = (f"-Xmx{JOBMANAGER_HEAP}", "-XX:MaxMetaspaceSize=256m")
    jobmanager = Part(
        name="jobmanager",
        command=java_command(
            jars,
            "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
            (*arguments, "--executionMode", "cluster"),
            (*flags, *heap, *logging, f"-Dlog.file={settings.freshet_home / 'logs' / 'jobmanager.log'}"),
        ),
        ready=lambda: _is_object(f"{rest}/overview"),
        folder=folder,
        ports=(
            Port(settings.flink_port, "flink_port"),
            Port(settings.flink_rpc_port, "flink_rpc_port"),
        ),
        prepare=prepare,
        environment=flink_environment(settings),
        grace_seconds=10.0,
        address=f"{LOOPBACK}:{settings.flink_port}",
        memory=f"heap {JOBMANAGER_HEAP}",
    )
    taskmanager = Part(
        name="taskmanager",
        command=java_command(
            jars,
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            arguments,
            (*flags, *TASKMANAGER_FLAGS, *logging, f"-Dlog.file={settings.freshet_home / 'logs' / 'taskmanager.log'}"),
        ),
        ready=has_slots,
        folder=folder,
        prepare=prepare,
        environment=flink_environment(settings),
        grace_seconds=15.0,
        address=f"{SLOTS} slots",
        memory="heap 384 MB, network 64 MB, managed 64 MB",
    )
    return [jobmanager, taskmanager]


async def _is_object(url: str) -> None:
    if not isinstance(await answers_json(url), dict):
        message = "answers something else than Flink"
        raise NotReadyError(message)


def libraries() -> list[Path]:
    """The distribution's own jars (its core last, as its scripts have it) and the Kafka connector."""
    own = sorted((flink_home() / "lib").glob("*.jar"))
    core = [jar for jar in own if jar.name.startswith("flink-dist")]
    return [*(jar for jar in own if jar not in core), *jar_files("flink"), *core]


def configuration(settings: Settings) -> dict[str, Any]:
    """The cluster's config.yaml, as a tree."""
    folder = settings.freshet_home / "data" / "flink"
    return nested(
        {
            **common_options(folder / "checkpoints"),
            "jobmanager.rpc.address": LOOPBACK,
            "jobmanager.rpc.port": settings.flink_rpc_port,
            "jobmanager.bind-host": LOOPBACK,
            "jobmanager.memory.process.size": "640m",
            "taskmanager.host": LOOPBACK,
            "taskmanager.bind-host": LOOPBACK,
            "taskmanager.numberOfTaskSlots": SLOTS,
            "taskmanager.cpu.cores": 2,
            **{f"taskmanager.memory.{name}": value for name, value in TASKMANAGER_MEMORY.items()},
            "rest.address": LOOPBACK,
            "rest.bind-address": LOOPBACK,
            "rest.port": settings.flink_port,
            "io.tmp.dirs": str(folder / "tmp"),
            "blob.storage.directory": str(folder / "blobs"),
            "web.tmpdir": str(folder / "web"),
        }
    )


def common_options(checkpoints: Path) -> dict[str, Any]:
    """What is the same on one machine and in containers; keeps the --add-opens without which Flink's clients fail."""
    given = yaml.safe_load((flink_home() / "conf" / "config.yaml").read_text(encoding="utf-8"))
    return {
        "env.java.opts.all": given["env"]["java"]["opts"]["all"] + " " + " ".join(QUICK),
        "parallelism.default": 1,
        "state.backend.type": "hashmap",
        "execution.checkpointing.dir": f"file://{checkpoints}",
        "execution.checkpointing.interval": "2s",
        "execution.checkpointing.min-pause": "1s",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.num-retained": 2,
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "500 ms",
        "restart-strategy.exponential-delay.max-backoff": "15 s",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "1 min",
        "heartbeat.interval": "2s",
        "heartbeat.timeout": "30s",
        "cluster.registration.error-delay": "500 ms",
        "cluster.registration.refused-registration-delay": "1 s",
        "cluster.registration.max-timeout": "2 s",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "python.fn-execution.bundle.time": 20,
        "classloader.check-leaked-classloader": False,
    }


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted names as a tree, which is how config.yaml is read."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *branches, leaf = name.split(".")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})
        place[leaf] = value
    return tree


def write_configuration(settings: Settings, jars: Sequence[Path]) -> None:
    """The configuration folder, the library folder that clients read, and the folders for state."""
    folder = settings.freshet_home / "data" / "flink"
    for name in ("log", "tmp", "blobs", "web", "checkpoints"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_distribution(folder, configuration(settings), jars)


def write_distribution(folder: Path, tree: dict[str, Any], jars: Sequence[Path]) -> None:
    """`conf` and `lib` of a Flink that Freshet configures; what is there already is replaced file by file."""
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "lib").mkdir(parents=True, exist_ok=True)
    files = dict.fromkeys(("log4j-console.properties", "log4j.properties", "log4j-cli.properties"), LOG_CONFIGURATION)
    files["config.yaml"] = yaml.safe_dump(tree, sort_keys=False, width=10_000)
    for name, content in files.items():
        draft = folder / "conf" / f".{name}.{threading.get_ident()}"  # two parts prepare at the same time
        draft.write_text(content, encoding="utf-8")
        draft.replace(folder / "conf" / name)
    wanted = {jar.name: jar for jar in jars}
    for link in (folder / "lib").iterdir():
        if link.name not in wanted or link.resolve() != wanted[link.name].resolve():
            link.unlink(missing_ok=True)
    for name, jar in wanted.items():
        with contextlib.suppress(FileExistsError):
            (folder / "lib" / name).symlink_to(jar)
