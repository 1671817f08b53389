# A small library for tests on real programs: one line per check, what was expected and what came
# where they differ, and a status at the end.
#
#	. "$(dirname "$0")/../lib/assert.sh"
#	sandbox_enter "$@"		run the rest in the sandbox (options before "$0": see below)
#	run sandbox-ssh user1 000000	keeps $status and $output, never fails itself
#	is 'wrong code: not let in' 255 "$status"
#	has 'it says why' 'Permission denied' "$output"
#	short_delays			failures are answered at once: for scripts with many of them
#	done_testing			prints the counts; status 1 if a check failed or none ran

assert_passed=0
assert_failed=0
assert_lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# sandbox_enter [--disk|--plain...] -- ARGS: starts this very script again inside, unless it is
# there already.
sandbox_enter()
{
	local options=()

	while [[ ${1-} == --?* ]]; do
		options+=("$1")
		shift
	done
	[ "${1-}" != -- ] || shift
	[ ! -e /run/sekisho-sandbox/ready ] || return 0
	exec "${assert_lib%/lib}/sandbox" "${options[@]}" "$(realpath "$0")" "$@"
}

# short_delays: what is answered does not depend on when; tests/hazard/timing.sh is about that.
short_delays()
{
	mkdir -p /etc/sekisho/policy.d
	printf '[lockout]\nfail_delay = 100ms\n' >/etc/sekisho/policy.d/delay.conf
	sed -i 's/^FAIL_DELAY.*/FAIL_DELAY 0/' /etc/login.defs # su's and login's own
	sekisho policy apply >/dev/null || fail 'the policy with short delays is in force'
}

run()
{
	output=$("$@" 2>&1)
	status=$?
}

pass()
{
	assert_passed=$((assert_passed + 1))
	echo "ok - $1"
}

# fail WHAT [LINE...]: the lines say what was expected and what came.
fail()
{
	assert_failed=$((assert_failed + 1))
	echo "not ok - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/    # /'
}

# is WHAT EXPECTED GOT
is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2" "got:      $3" ${output:+"output:"} ${output:+"$output"}
	fi
}

# isnt WHAT UNWANTED GOT
isnt()
{
	if [ "$2" != "$3" ]; then
		pass "$1"
	else
		fail "$1" "got:      $3" ${output:+"output:"} ${output:+"$output"}
	fi
}

# has WHAT REGEX TEXT (extended regular expression, any line)
has()
{
	if grep -Eq -- "$2" <<<"$3"; then
		pass "$1"
	else
		fail "$1" "expected a line like: $2" "got:" "$3"
	fi
}

# hasnt WHAT REGEX TEXT
hasnt()
{
	if ! grep -Eq -- "$2" <<<"$3"; then
		pass "$1"
	else
		fail "$1" "expected no line like: $2" "got:" "$3"
	fi
}

# between WHAT LOW HIGH NUMBER (integers)
between()
{
	if [ "$4" -ge "$2" ] 2>/dev/null && [ "$4" -le "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2 to $3" "got:      $4"
	fi
}

# eventually SECONDS CMD...: true as soon as CMD is, false when three times that is over: SECONDS is
# what it may take where nothing else runs.
eventually()
{
	local end=$((SECONDS + 3 * $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

done_testing()
{
	echo "# $assert_passed passed, $assert_failed failed"
	[ $assert_failed -eq 0 ] && [ $assert_passed -gt 0 ]
	exit
}
