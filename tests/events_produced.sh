#!/bin/bash
# Every event of the catalogue was produced by some test on the real programs: what no test can
# bring about, nobody knows to work. Reads what the sandboxes of this run left in $SEKISHO_EVENTS.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${SEKISHO_EVENTS:?the directory of what was produced}"

all=$(sed -nE 's/^\| *[0-9]+ \| `([a-z.-]+)` .*/\1/p' docs/events.md | sort -u)
seen=$(cat "$SEKISHO_EVENTS"/* 2>/dev/null | sort -u)
missing=$(comm -23 <(echo "$all") <(echo "$seen"))
unknown=$(comm -13 <(echo "$all") <(echo "$seen") | grep .)
[ -z "$unknown" ] || printf 'not in the catalogue: %s\n' $unknown >&2
[ -z "$missing" ] || printf 'produced by no test: %s\n' $missing >&2
echo "$(wc -w <<<"$seen") of $(wc -w <<<"$all") events of the catalogue produced"
[ -z "$missing$unknown" ] && [ -n "$all" ]
