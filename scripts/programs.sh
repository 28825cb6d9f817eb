#!/bin/sh
# See that the tests find the programs that astronomers fetch and unpack with; Debian's packages where there is apt and root.
set -eu

say() { echo "make: $*" >&2; }

# program:package
needed="curl:curl wget:wget lftp:lftp nginx:nginx-light zsh:zsh unzip:unzip bsdtar:libarchive-tools"

missing() {
    command -v 7zz >/dev/null 2>&1 || command -v 7z >/dev/null 2>&1 || printf '7zip '  # 7zz before Debian 13
    for pair in $needed; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair%%:*}" ] || printf '%s ' "${pair##*:}"
    done
}

packages=$(missing)
[ -z "$packages" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "installing Debian's ${packages% } for the tests"
    # shellcheck disable=SC2086
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } \
        >/dev/null 2>&1 || true
    packages=$(missing)
    [ -z "$packages" ] && exit 0
fi

say "the tests need ${packages% } and they could not be had; install them"
exit 1
