#!/bin/sh
# Make the virtual environment .venv, or keep the one that works. The first argument names the Python to use.
set -eu

works() { .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

say() { echo "make: $*" >&2; }

find_python() {
    for candidate in "$@" python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

python=$(find_python ${1:+"$1"})
if [ -z "$python" ]; then
    say "no Python 3.11 or newer was found; install one (Debian, Ubuntu: apt-get install python3 python3-venv)"
    exit 1
fi

if works; then exit 0; fi

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing python${version}-venv, which this Python lacks"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python${version}-venv"; } >/dev/null || true
    fi
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        say "this Python cannot make virtual environments; run: sudo apt-get install python${version}-venv"
        exit 1
    fi
fi

say "making the virtual environment .venv with $("$python" --version)"
rm -rf .venv
"$python" -m venv .venv
