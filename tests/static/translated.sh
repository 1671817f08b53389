#!/bin/bash
# Every text of the programs has its Japanese: none missing, none untranslated, none fuzzy, and
# each with the same directives (%s, %d …) as the English. With FILE it checks that one instead.
set -u
cd "$(dirname "$0")/../.." || exit 1
po=${1:-po/ja.po}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() {
	printf 'po: %s\n' "$*" >&2
	failed=1
}

po/update.sh --template "$tmp/all.pot" || { fail "the texts cannot be extracted"; exit 1; }
count=$(grep -c '^msgid ' "$tmp/all.pot")
[ "$count" -gt 1 ] || fail "no texts found in the sources"

if [ ! -e "$po" ]; then
	fail "$po does not exist ($((count - 1)) texts to translate)"
	exit 1
fi
msgfmt --check --output-file="$tmp/out.mo" "$po" || fail "$po is not well-formed"
# msgcmp takes fuzzy entries for untranslated ones
msgcmp "$po" "$tmp/all.pot" || fail "$po lacks texts: run po/update.sh and translate"
# a translation that only repeats the English is one nobody made
same=$(msgattrib --translated --no-obsolete --no-wrap "$po" | awk '
	function judge() { if (id != "" && id == str && id ~ /[a-z][a-z][a-z] [a-z]/) print id; id = str = "" }
	/^msgid / { judge(); into = "id" }
	/^msgid_plural / { into = "" }
	/^msgstr/ { into = "str" }
	/^(msg[a-z_]+(\[[0-9]\])? )?"/ {
		text = substr($0, index($0, "\"") + 1)
		text = substr(text, 1, length(text) - 1)
		if (into == "id") id = id text
		if (into == "str") str = str text
	}
	END { judge() }')
[ -z "$same" ] || fail "still English:" "$same"
old=$(msgattrib --only-obsolete --no-wrap "$po" | grep -c '^#~ msgid ')
[ "$old" -eq 0 ] || fail "$old texts that no program uses any more: run po/update.sh, delete the end"

[ "$failed" -eq 0 ] && printf 'po: %d texts, all translated\n' "$((count - 1))"
exit "$failed"
