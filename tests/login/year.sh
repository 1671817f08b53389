#!/bin/bash
# A year of an organisation of 50 people, through the real daemon on a clock of its own: report, review,
# registers and bundle tell what was planted, and accuse nobody else. Some days of it here; with
# TORTURE=1 a year of working days. YEAR_OUT=DIR keeps what was made (make sample-reports).
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

export TZ=Asia/Tokyo SEKISHO_LOCALEDIR=$SANDBOX_BUILD/locale
days=${YEAR_DAYS:-$([ -n "${TORTURE-}" ] && echo 250 || echo 8)}
year=$assert_lib/year.py out=$work/out
mkdir -m 755 "$out" && mkdir -m 777 "$work/theirs"

/usr/bin/python3 "$year" policy >/etc/sekisho/policy.conf
/usr/bin/python3 "$year" accounts >"$work/said" 2>&1 || fail 'accounts and devices' "$(<"$work/said")"
run sekisho policy apply
is 'the policy of the organisation is in force' 0 "$status"
run /usr/bin/python3 "$year" "$days" "$out/planted.json"
is "$days days go by" 0 "$status"
# Days of a few seconds are too short for what the daemon looks after a while each time that it starts.
[ "$days" -lt 60 ] || is 'a month that nobody signed off is said' 0 \
    "$(eventually 60 eval '[ -n "$(sekisho log --event review.overdue)" ]'; echo $?)"
run sekisho audit verify
is 'the log verifies, but for the gap' 5 "$status"

fiscal=$(sed -E 's/.*"fiscal_year": ([0-9]+).*/\1/' "$out/planted.json")
as auditor1 sekisho audit review --json >"$out/review.json"
run sekisho audit report --fiscal-year "$fiscal" --output "$out/root.html"
is 'the report of root' 0 "$status"
run as auditor1 sekisho audit report --fiscal-year "$fiscal" --output "$work/theirs/auditor.html"
is 'the report of an auditor' 0 "$status"
cp "$work/theirs/auditor.html" "$out/"
for kind in exceptions grants accounts reviews; do
	run sekisho audit paper $kind --verify --output "$out/$kind.csv"
	is "the register: $kind" 0 "$status"
done
run sekisho audit bundle --to "$out/bundle" --for 'Audit office' --purpose 'the year'
is 'the bundle' 0 "$status"
while IFS= read -r line; do
	case $line in
	'ok - '*) pass "${line#ok - }" ;;
	*) fail "${line#not ok - }" '' ;;
	esac
done < <(/usr/bin/python3 "$assert_lib/year_check.py" "$out" 2>&1)
run "$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho
is 'every decision of it, made again from its record, is the same' 0 "$status"

if [ -n "${YEAR_OUT-}" ]; then
	for language in en ja; do
		sekisho audit report --fiscal-year "$fiscal" --lang $language --output "$YEAR_OUT/year-$language.html" >/dev/null
		sekisho audit controls --fiscal-year "$fiscal" --lang $language --output "$YEAR_OUT/controls-$language.html" >/dev/null
		for kind in exceptions grants accounts devices host reviews incident; do
			sekisho audit paper $kind --lang $language --output "$YEAR_OUT/$kind-$language.html" >/dev/null
		done
	done
	sekisho audit head --vkey >"$YEAR_OUT/vkey"
fi
done_testing
