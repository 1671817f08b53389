#!/bin/bash
# Every word that `sekisho audit verify` can say about a fault stands in docs/log-format.md, under
# the status that it has, and no other does.
set -u
cd "$(dirname "$0")/../.." || exit 1
said=$(tr -d '\\\n\t' <policyd/audit/verify.h | grep -oE 'X\([A-Z_]+, *"[a-z-]+", *[A-Z]+' |
	sed -E 's/.*"([a-z-]+)", *([A-Z]+)/\2 \1/
		s/^TAMPERED/4/; s/^INCOMPLETE/5/; s/^STALE/6/; s/^UNREADABLE/7/' | sort -u)
written=$(sed -nE 's/^\| ([4-7]), [a-z]+ \| (`.*) \|$/\1 \2/p' docs/log-format.md |
	while read -r status words; do
		grep -oE '`[a-z-]+`' <<<"$words" | tr -d '`' | sed "s/^/$status /"
	done | sort -u)
count=$(wc -l <<<"$said")
[ "$count" -ge 30 ] || { echo "verify_documented: only $count words were found in verify.h" >&2; exit 1; }
diff <(echo "$said") <(echo "$written") >&2 || {
	echo 'verify_documented: < verify.h and > docs/log-format.md differ' >&2
	exit 1
}
echo "$count words of verify, all in docs/log-format.md"
