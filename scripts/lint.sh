#!/bin/sh
# Every check that needs no running server. All of them run; the first failure decides the end.
set -u
bin=.venv/bin
failed=

check() {
    echo "lint: $1" >&2
    name=$1
    shift
    "$@" || failed="$failed $name"
}

check "ruff check" $bin/ruff check --quiet .
check "ruff format" $bin/ruff format --check --quiet .
check mypy $bin/mypy --no-error-summary .
templates=$(find templates -name '*.html')
# shellcheck disable=SC2086
check djade $bin/djade --check --target-version 5.2 $templates
check "floors of the house" $bin/lint-imports --no-logo
# the warning is about the history in a database, which this check does not need
check migrations $bin/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

[ -z "$failed" ] || { echo "lint: failed:$failed" >&2; exit 1; }
