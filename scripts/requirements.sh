#!/bin/sh
# Pin requirements/*.in into requirements/*.txt, with hashes, for every platform from Python 3.11 on.
set -eu
cd requirements
for name in run icons test lint frontend; do
    ../.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
        --custom-compile-command "make requirements" "$name.in" --output-file "$name.txt"
done
