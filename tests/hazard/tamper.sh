#!/bin/bash
# Whatever is changed in a log that is stored, `sekisho audit verify` finds it, names it, and says so
# by its exit status. The cases are in tests/lib/tamper.py. Needs no sandbox: all of it are copies.
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
exec python3 tests/lib/tamper.py "$BUILD" "$work" "${FLIPS:-$([ -n "${TORTURE-}" ] && echo 10000 || echo 500)}"
