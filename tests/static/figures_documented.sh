#!/bin/bash
# Every figure for monitoring is in docs/monitoring.md, and nothing else is named there.
set -u
cd "$(dirname "$0")/../.." || exit 1
code=$(grep -hoE '"(sekisho|process)_[a-z_]+"' policyd/keeper/metrics_text.c | tr -d '"' | sort -u)
docs=$(sed -n '/^| `/p' docs/monitoring.md | cut -d'|' -f2 | grep -oE '(sekisho|process)_[a-z_]+' | sort -u)
[ "$(wc -l <<<"$code")" -gt 20 ] || { echo "the figures are not where they were looked for" >&2; exit 1; }
diff <(echo "$code") <(echo "$docs") || {
	echo "docs/monitoring.md and policyd/keeper/metrics_text.c differ (< code, > documentation)" >&2
	exit 1
}
echo "$(wc -l <<<"$code") figures, all documented"
