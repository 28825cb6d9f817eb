#!/bin/sh
# See that the browser tests find a Chromium: the machine's own, Debian's package, or Playwright's download.
set -eu

say() { echo "make: $*" >&2; }

found() {
    if [ -n "${CHROMIUM:-}" ]; then command -v "$CHROMIUM" >/dev/null 2>&1 && return 0; fi
    for name in chromium chromium-browser google-chrome; do
        # Ubuntu's chromium-browser is a script that only asks for a snap
        if command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1; then return 0; fi
    done
    # shellcheck disable=SC2016
    .venv/bin/python -c '
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))' 2>/dev/null
}

found && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "installing Debian's chromium for the browser tests"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
        >/dev/null 2>&1 || true
    found && exit 0
fi

say "downloading Playwright's chromium for the browser tests"
.venv/bin/python -m playwright install chromium >/dev/null 2>&1 || true
found && exit 0

say "the browser tests need Chromium and none could be had; install one, or set CHROMIUM to its program"
exit 1
