"""`python -m app.local.prepare`: jars and the embedding model; prints the folders that hold them."""

from __future__ import annotations

import subprocess
import sys

from app.local import jars
from app.local.parts.embeddings import model_folder


def main() -> int:
    """Both at a time; 1, with the reason on standard error, when one of them fails."""
    with subprocess.Popen([sys.executable, "-m", "retrieval.e5", str(model_folder())], stdout=sys.stderr) as converting:
        fetched = jars.main([])
    if fetched != 0 or converting.returncode != 0:
        return 1
    jars.remove_superseded()
    sys.stdout.write(f"{jars.jar_folder()}\n{model_folder()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
