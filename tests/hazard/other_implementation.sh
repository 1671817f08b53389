#!/bin/bash
# Heads, tiles, bundles and proofs that our library makes, verified by golang.org/x/mod's note and
# tlog packages; and nothing that was bent by a single bit passes there. Needs no sandbox.
. "$(dirname "$0")/../lib/assert.sh"

tools=${BUILD:-build}/tests
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flips=$([ -n "${TORTURE-}" ] && echo 5000 || echo 100)

# one SIZE: everything about a log of so many entries
one()
{
	local size=$1 dir=$work/$1 vkey old bad=0 heads=()

	mkdir "$dir"
	for old in 1 2 3 5 100 255 256 257 999 65536 "$size"; do
		[ "$old" -gt "$size" ] || heads+=("$old")
	done
	"$tools/tlogdata" "$dir" "$size" "${heads[@]}"
	vkey=$(cat "$dir/vkey")
	run "$tools/gocheck" tiles "$vkey" "$dir" "${heads[@]/#/$dir/head.}"
	is "$size entries: tiles, bundles and earlier heads hold" 0 "$status"
	for old in "${heads[@]}"; do
		"$tools/gocheck" consistency "$vkey" "$dir/head.$old" "$dir/checkpoint" "$dir/consistency.$old" || bad=$((bad + 1))
	done
	is "$size entries: ${#heads[@]} consistency proofs hold" 0 $bad
	for proof in "$dir"/proof.*; do
		"$tools/gocheck" proof "$vkey" "$proof" >/dev/null || bad=$((bad + 1))
	done
	is "$size entries: inclusion proofs hold" 0 $bad
}

# flip FILE: turns one of its bits and says where.
flip()
{
	local file=$1 at old

	at=$(((RANDOM * 32768 + RANDOM) % $(stat -c %s "$file")))
	old=$(od -An -tu1 -j $at -N 1 "$file")
	cp "$file" "$work/kept"
	printf "\\x$(printf %02x $((old ^ 1 << RANDOM % 8)))" |
	    dd of="$file" bs=1 seek=$at conv=notrunc status=none
	echo "byte $at, was$old"
}

bend()
{
	local dir=$work/1000 vkey missed=0 files file where i

	vkey=$(cat "$dir/vkey")
	mapfile -t files < <(find "$dir/tile" "$dir/checkpoint" "$dir"/proof.* -type f)
	for ((i = 0; i < flips; i++)); do
		file=${files[RANDOM % ${#files[@]}]}
		where=$(flip "$file")
		case $file in
		*/proof.*) "$tools/gocheck" proof "$vkey" "$file" ;;
		*) "$tools/gocheck" tiles "$vkey" "$dir" ;;
		esac >/dev/null 2>&1 && { missed=$((missed + 1)) && echo "# missed: ${file#"$dir"/} $where"; }
		cp "$work/kept" "$file"
	done
	is "$flips files with one bit turned are all refused" 0 $missed
	run "$tools/gocheck" tiles "$vkey" "$dir"
	is 'and as they were they hold again' 0 "$status"
}

for size in 1 2 7 256 257 1000 70000; do one $size; done
bend
done_testing
