#!/bin/sh
# Install the pinned packages of requirements/<name>.txt into .venv; their hashes are checked.
set -eu
name=$1
echo "make: installing requirements/$name.txt" >&2
if ! .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes \
    --requirement "requirements/$name.txt"; then
    echo "make: the packages of requirements/$name.txt could not be installed; the lines above say why" >&2
    exit 1
fi
mkdir -p .venv/stamps
touch ".venv/stamps/$name"
