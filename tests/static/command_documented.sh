#!/bin/bash
# sekisho(1) and the command's own table name the same commands and options, each option where it
# belongs; every command of the table can be completed.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
page=${1:-docs/man/sekisho.1}
command=$BUILD/sekisho
export LC_ALL=C.UTF-8
failed=0
complain() { echo "command_documented: $*" >&2; failed=1; }

warnings=$(groff -man -mdoc -ww -z -Tutf8 "$page" 2>&1)
[ -z "$warnings" ] || complain "the page is not well-formed: $warnings"

# NAME OPTION for each command, from the help and from the page.
known=$(for noun in $("$command" --complete); do
	verbs=$("$command" --complete "$noun" | grep -v '^[@-]')
	"$command" "$noun" --help | grep -q '^Usage: sekisho [a-z-]* COMMAND' || verbs=
	for verb in ${verbs:-''}; do
		name="$noun${verb:+ $verb}"
		echo "$name"
		"$command" $name --help | sed -nE "s/^  --([a-z-]+).*/$name --\1/p" |
			grep -vE -- ' --(json|help)$'
	done
done | sort -u)
# Only the heads of entries: what stands between .It and .Xc, or in the one line.
written=$(awk '
	/^\.It (Xo )?Cm [a-z]/ {
		head = $2 == "Xo" ? "open" : "line"
		at = head == "open" ? 4 : 3
		name = $at
		if ($(at + 1) ~ /^[a-z-]+$/) name = name " " $(at + 1)
		print name
	}
	/^\.Xc/ { head = "" }
	head != "" {
		gsub(/^\.Fl /, "Fl ")
		for (i = 1; i < NF; i++)
			if ($i == "Fl" && $(i + 1) == "Fl") print name " --" $(i + 2)
		if (head == "line") head = ""
	}' "$page" | sort -u)
# Only in the text, because all of them have it or because the entry has another form as well.
text=$(grep -hoE '^\.Fl Fl [a-z-]+' "$page" | sed 's/^\.Fl Fl /--/' | sort -u)

while read -r line; do
	[ -n "$line" ] || continue
	grep -qxF -- "$line" <<<"$written" && continue
	option=${line##* }
	case $option in
	--verified-by | --how | --name | --reason) grep -qxF -- "$option" <<<"$text" && continue ;;
	esac
	complain "$page does not have: $line"
done <<<"$known"
while read -r line; do
	[ -n "$line" ] || continue
	grep -qxF -- "$line" <<<"$known" || complain "$page has, and the command does not: $line"
done <<<"$written"
[ "$(wc -l <<<"$known")" -gt 40 ] || complain "the command's own list is too short to be all"
[ $failed -eq 0 ] && echo "$(wc -l <<<"$known") commands and options, all in sekisho(1)"
exit $failed
