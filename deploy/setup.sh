#!/bin/sh
# Finds a Python that really runs (a pyenv shim may stand on PATH and fail), then hands over to bootstrap.py.
here=$(cd "$(dirname "$0")" && pwd) || exit 1
suits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))'
for candidate in "${PYTHON:-python3.12}" python3.12 python3.11 python3 python \
    /usr/bin/python3.12 /usr/bin/python3.11 /usr/local/bin/python3.12 /usr/local/bin/python3.11 \
    "$HOME"/.pyenv/versions/3.12*/bin/python "$HOME"/.pyenv/versions/3.11*/bin/python; do
    if "$candidate" -c "$suits" >/dev/null 2>&1; then
        exec "$candidate" "$here/bootstrap.py" "$@"
    fi
done
echo "Freshet needs Python 3.11 or 3.12, and none was found: install one, or name it with PYTHON=/path/to/python." >&2
exit 1
