"""`python -m app.local.parts.flink_image FOLDER`: conf and lib of the Flink in the container image."""

from __future__ import annotations

import sys
from pathlib import Path

from app.local.parts.flink import common_options, libraries, nested, write_distribution

CHECKPOINTS = Path("/data/freshet/data/flink/checkpoints")
"""On the volume that the controller sees as FRESHET_HOME."""

OPTIONS = {
    "jobmanager.rpc.address": "jobmanager",
    "jobmanager.rpc.port": 6123,
    "jobmanager.bind-host": "0.0.0.0",  # noqa: S104 - inside the containers' own network
    "jobmanager.memory.process.size": "1g",
    "taskmanager.bind-host": "0.0.0.0",  # noqa: S104 - as above
    "taskmanager.numberOfTaskSlots": 16,
    "taskmanager.memory.process.size": "2g",
    "taskmanager.memory.managed.size": "128m",
    "rest.address": "jobmanager",
    "rest.bind-address": "0.0.0.0",  # noqa: S104 - as above
    "rest.port": 8081,
}


def main(folder: Path) -> None:
    """Write them."""
    write_distribution(folder, nested({**common_options(CHECKPOINTS), **OPTIONS}), libraries())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
