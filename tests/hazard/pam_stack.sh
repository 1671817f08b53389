#!/bin/bash
# Broken PAM stacks on the real libpam: what the prover of "sekisho check" says lets in does let in,
# what it calls sound does not. Random stacks against libpam: ROUNDS of them with TORTURE=1.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter -- "$@"
. "$(dirname "$0")/../lib/login.sh"
short_delays

# stack LINES: the service "planted", which asks like login; $holes: what is said about it.
stack()
{
	printf '%s\n' "$1" >/etc/pam.d/planted
	run sekisho check --json
	holes=$(/usr/bin/python3 -c '
import json, sys
for row in json.load(sys.stdin):
    if row["what"].startswith("planted") and row["state"] != "ok":
        print(row["state"], row["what"])' <<<"$output")
}

# tries PHASE ANSWER: does libpam let user1 in?
tries()
{
	run timeout 20 pamtester planted user1 "$1" <<<"$2"
	[ $status -eq 0 ]
}

preauth='auth requisite pam_sekisho.so preauth'
password='auth [success=1 default=ignore] pam_unix.so use_first_pass nodelay'
failed='auth [default=die] pam_sekisho.so authfail'
last='auth [success=ok default=die] pam_sekisho.so'
account='account required pam_sekisho.so
account required pam_unix.so'
session='session required pam_sekisho.so'

stack "$preauth
$password
$failed
$last
$account
$session"
is 'sound: nothing is said' '' "$holes"
! tries authenticate 'wrong' && pass 'sound: a wrong password is refused' || fail 'sound: a wrong password is refused'

stack "$preauth
$password
auth optional pam_sekisho.so authfail
auth optional pam_sekisho.so
auth required pam_permit.so
$account
$session"
has 'authfail optional: its line' 'failed planted \(auth\): /etc/pam.d/planted:3 lets in without a password' "$holes"
has 'and that of the factor' '/etc/pam.d/planted:4 lets in without the decision on the second factor' "$holes"
tries authenticate 'wrong' && pass 'and libpam lets in' || fail 'and libpam lets in' "$output"

stack "auth sufficient pam_succeed_if.so quiet user ingroup user1
$preauth
$password
$failed
$last
$account
$session"
has 'a group that nobody asks: its line' 'planted:1 lets in without a password' "$holes"
tries authenticate '' && pass 'and libpam lets in' || fail 'and libpam lets in' "$output"

stack "$preauth
auth sufficient pam_unix.so use_first_pass nodelay
$failed
$last
$account
$session"
has 'sufficient: its line' 'planted:2 lets in without the decision on the second factor' "$holes"
tries authenticate 'Gate+user1-1601!' && pass 'and libpam lets in on the password' ||
    fail 'and libpam lets in on the password' "$output"

stack "$preauth
$password
$failed
$last
account sufficient pam_localuser.so
$account
$session"
has 'account: its line' 'planted \(account\): /etc/pam.d/planted:5 lets in without Sekisho' "$holes"
sekisho user suspend user1 --reason test >/dev/null || fail 'user1 is suspended'
tries acct_mgmt '' && pass 'and libpam lets in who is suspended' ||
    fail 'and libpam lets in who is suspended' "$output"

stack "$preauth
$password
$failed
$last
$account
$session"
is 'without that line nothing is said' '' "$holes"
! tries acct_mgmt '' && pass 'and who is suspended stays out' || fail 'and who is suspended stays out'

stack "$preauth
$password
$failed
$last
account include absent
$session"
has 'an include that is not there: nobody gets through' 'planted \(account\): nobody gets through' "$holes"
! tries acct_mgmt '' && pass 'and libpam refuses' || fail 'and libpam refuses'
rm /etc/pam.d/planted

# ---- random ones ---------------------------------------------------------------------------------

if [ -n "${TORTURE-}" ]; then
	rounds=${ROUNDS:-300000}
	is "$rounds random configurations: the same as libpam" 0 "$(
		SEKISHO_STACK_ROUNDS=$rounds "$BUILD/tests/test_stack_libpam" >"$work/said" 2>&1
		echo $?
	)"
	sed -n 's/^\([0-9]* configurations.*\)/# figure: random stacks = \1/p' "$work/said"
	grep -q '^\[  PASSED' "$work/said" || tail -n 60 "$work/said"
fi

done_testing
