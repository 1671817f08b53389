#!/bin/bash
# The event catalogue in the code and docs/events.md say the same: number, name, retention class.
set -eu
cd "$(dirname "$0")/../.."
code=$(tr '\n' ' ' <policyd/audit/event.h | grep -oE 'X\([A-Z_]+, [0-9]+, "[a-z.-]+", [A-Z]+' |
	sed -E 's/X\([A-Z_]+, ([0-9]+), "([a-z.-]+)", ([A-Z]+)/\1 \2 \L\3/' | sort -n)
docs=$(sed -nE 's/^\| ([0-9]+) \| `([a-z.-]+)` \| ([a-z]+) \|.*/\1 \2 \3/p' docs/events.md | sort -n)
[ -n "$code" ]
diff <(echo "$code") <(echo "$docs") || {
	echo "docs/events.md and policyd/audit/event.h differ (< code, > documentation)"
	exit 1
}
echo "$(wc -l <<<"$code") events, all documented"
