#!/bin/bash
# make evidence: packs what passed about these sources, signed; refuses what failed or is of others.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/assert.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BUILD=$work/build
unset EVIDENCE_KEY
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
out=$BUILD/evidence/sekisho-$version
digest=$(conf/package --digest)
refused() { run tests/evidence; is "$1: refused" 1 "$status"; has "$1: why" "$2" "$output"; }
valid() {
	(cd "$out" && openssl pkeyutl -verify -pubin -inkey evidence.pub -rawin -in MANIFEST -sigfile MANIFEST.sig &&
		sha256sum --quiet --check MANIFEST) >/dev/null 2>&1
}

mkdir -p "$BUILD/check" "$BUILD/coverage" "$BUILD/fuzz/policy.corpus"
refused 'nothing was tested' 'no result'
echo '3 passed, 0 failed' >"$BUILD/check/result"
echo 0 >"$BUILD/check/status"
echo other >"$BUILD/check/sources"
refused 'another version was tested' 'other sources'
echo "$digest" | tee "$BUILD/check/sources" >"$BUILD/coverage/sources"
refused 'coverage was not looked at' 'make coverage'
echo 'all 100 lines 57.1 %' >"$BUILD/coverage/report"
echo 1 >"$BUILD/check/status"
refused 'the tests failed' 'failed'
echo 0 >"$BUILD/check/status"

run tests/evidence
is 'packed' 0 "$status"
run valid
is 'the signature and all files verify' 0 "$status"
has 'what a key of one time does not show is said' 'nothing about who' "$(<"$out/README")"
has 'no fuzzing is said to be none' 'No fuzzing was done' "$(<"$out/fuzzing.txt")"
has 'and no review' 'No release was reviewed' "$(<"$out/reviews.md")"
echo x >>"$out/tests.txt"
run valid
isnt 'a line more in the results shows' 0 "$status"

openssl genpkey -algorithm ed25519 -out "$work/key" 2>/dev/null
printf 'stat::number_of_executed_units: 4711\nDone 4711 runs in 61 second(s)\n' >"$BUILD/fuzz/policy.corpus.log"
touch "$BUILD/fuzz/policy.corpus/one" "$BUILD/fuzz/policy.corpus.found-crash-1"
echo "$digest" >"$BUILD/fuzz/sources"
EVIDENCE_KEY=$work/key run tests/evidence
is 'with a key of ours' 0 "$status"
run valid
is 'it verifies' 0 "$status"
is 'by the key that was given' "$(openssl pkey -in "$work/key" -pubout)" "$(<"$out/evidence.pub")"
has 'fuzzing with runs, seconds and findings' '^policy +[0-9]+ +1 +4711 +61 +1$' "$(<"$out/fuzzing.txt")"
openssl genpkey -algorithm x25519 -out "$work/key" 2>/dev/null
EVIDENCE_KEY=$work/key refused 'a key that cannot sign' 'Ed25519'
rm -f "$work/key"
EVIDENCE_KEY=$work/key refused 'a key that is not there' 'private key'
done_testing
