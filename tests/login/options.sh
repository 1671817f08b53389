#!/bin/bash
# Words on PAM lines and their meaning in the policy: callers that are not root (screen lockers),
# token modules that count as the factor, and observing, on the line and in the policy.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

# caller USER CODE PROGRAM...: a program of that user on a terminal; "-" for root.
caller()
{
	local as=$1 user=$1

	[ "$as" != root ] || user=user1
	passwords=${PASSWORD:-$(password_of "$user")} codes=$(codes_of "$user" "$2")
	shift 2
	if [ "$as" = root ]; then
		shape dialogue "$@"
	else
		shape dialogue --as "$as" "$@"
	fi
}

# last FIELD: of the newest record of user1's second factor.
last()
{
	records --user user1 --event authentication.code --limit 1 | field "$1"
}

# ---- a screen locker: as the user, authenticate only ------------------------------------------

printf '@include sekisho-auth\n@include sekisho-account\n' >/etc/pam.d/swaylock
locker='pamtester swaylock user1 authenticate'
caller user1 next $locker
is 'locker: the password is enough where no rule says more' 'password in' "$shape"
policy_add '[rule lockers]
service = swaylock
require = mfa'
caller user1 next $locker
is 'locker: password and code' 'password code in' "$shape"
is 'locker: recorded as asked by the user' false "$(last sekisho.peer.root | sed s/-/false/)"
caller user1 "$(wrong_code user1)" $locker
is 'locker: a wrong code' 'password code out wrong-code' "$shape $(why user1)"
code=$(sandbox-code --next user1)
caller user1 "$code" $locker
caller user1 "$code" $locker
is 'locker: a code that unlocked before' 'password code out replayed-code' "$shape $(why user1)"
shape sandbox-ssh user1 "$code"
is 'locker: nor does that code open anything else' 'password code out replayed-code' \
    "$shape $(why user1)"
PASSWORD=wrong caller user1 next $locker
is 'locker: a wrong password' 'password out wrong-password' "$shape $(why user1)"
caller user1 next pamtester swaylock user1 'acct_mgmt'
is 'locker: account management has no opinion of ours' 'in' "$shape"
PASSWORD='Gate+user2-1601!' caller user1 - pamtester swaylock user2 authenticate
isnt 'locker: nobody asks for another account' 0 "$status"
is 'locker: and no record speaks of that account' '' "$(records --user user2 --event authentication.code)"
# What a locker did makes nothing fresh: in the same login, sudo asks for a code of its own.
code_in()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + $1))" - </run/sekisho-sandbox/secrets/user1
}
code=$(sandbox-code --next user1)
SANDBOX_TIMEOUT=20000 shape sandbox-ssh -t user1 "$code,$(code_in 960),$(code_in 990)" \
    "sudo sandbox-clock +16m; $locker; sudo id -un"
is 'locker: gives no freshness to sudo' \
    'password code password password code password code in' "$shape"
# Guessing at the locker has a lane of its own.
for _ in 1 2 3 4 5 6; do
	PASSWORD=wrong caller user1 - $locker
done
is 'locker: guesses lock it' locked "$(why user1)"
sandbox-clock +60s >/dev/null # past the step of the last code given above
shape sandbox-ssh user1 next
is 'locker: and nothing else' 'password code in' "$shape"
sekisho user unlock user1 --reason test >/dev/null

# ---- token modules -----------------------------------------------------------------------------

# token RESULT LABEL: a token module that gives this result, before our line with that label.
token()
{
	cat >/etc/pam.d/gate <<-EOF2
		auth	requisite	pam_sekisho.so preauth
		auth	[success=1 default=ignore]	pam_unix.so use_first_pass nodelay
		auth	[default=die]	pam_sekisho.so authfail
		auth	requisite	pam_debug.so auth=$1
		auth	[success=ok default=die]	pam_sekisho.so token=$2
		@include sekisho-account
	EOF2
}
policy_add '[service gate]
class = remote
[rule gate]
service = gate
require = mfa'
gate='pamtester -I rhost=192.0.2.1 gate user1 authenticate acct_mgmt'
token success card
caller root next $gate
is 'token: a label that the policy does not name is none' 'password code in' "$shape"
sed -i 's/^enrol = open$/&\ntokens = card/' /etc/sekisho/policy.conf
policy_add '# tokens'
caller root next $gate
is 'token: one that it names counts as the factor' 'password in' "$shape"
is 'token: recorded with its label' 'card ok' "$(last sekisho.token) $(last event.reason)"
caller user1 next pamtester gate user1 authenticate
is 'token: not the word of a program that is not root' 'password code in' "$shape"
PASSWORD=wrong caller root next $gate
is 'token: not without the password' 'password out wrong-password' "$shape $(why user1)"
token auth_err card
caller root next $gate
is 'token: that failed, nobody gets in' 'password out' "$shape"

# ---- observe -----------------------------------------------------------------------------------

cat >/etc/pam.d/gate <<'EOF2'
auth	requisite	pam_sekisho.so preauth observe
auth	[success=1 default=ignore]	pam_unix.so use_first_pass nodelay
auth	[default=die]	pam_sekisho.so authfail observe
auth	[success=ok default=die]	pam_sekisho.so observe
account	required	pam_sekisho.so observe
@include common-account
EOF2
caller root "$(wrong_code user1)" $gate
is 'observe on the lines: a wrong code lets in' 'password code in' "$shape"
is 'observe: recorded as what it would have been' 'true wrong-code' \
    "$(last sekisho.observed) $(last sekisho.reason)"
PASSWORD=wrong caller root next $gate
is 'observe: a wrong password does not' 'password out' "$shape"
caller root next $gate
is 'observe: a right code is simply right' 'password code in' "$shape"
is 'observe: and recorded so' 'false ok' "$(last sekisho.observed) $(last sekisho.reason)"
sed -i 's/ observe$//' /etc/pam.d/gate
caller root "$(wrong_code user1)" $gate
is 'without it the same is refused' 'password code out wrong-code' "$shape $(why user1)"

sed -i 's/^class = remote$/&\nobserve = yes/' /etc/sekisho/policy.conf
policy_add '# observe the service'
caller root "$(wrong_code user1)" $gate
is 'observe in the policy, for a service: lets in' 'password code in' "$shape"
is 'observe in the policy: recorded' 'true wrong-code' "$(last sekisho.observed) $(last sekisho.reason)"
shape sandbox-ssh user1 "$(wrong_code user1)"
is 'observe in the policy: other services refuse' 'password code out' "$shape"
policy_add '[host]
observe = yes'
shape sandbox-ssh user1 "$(wrong_code user1)"
is 'observe in the policy, for the host: lets in' 'password code in' "$shape"
shape sandbox-ssh -k user1 -
is 'observe: a key alone' 'in' "$shape"
is 'observe: recorded as what it would have been' 'key-only' \
    "$(records --user user1 --event access.account --limit 1 | field sekisho.reason)"
run sekisho check --full
has 'observe: the check says that the floor is not in force' '^FAILED.*[Oo]bserv' "$output"

# ---- words that are none -----------------------------------------------------------------------

sed -i 's/pam_sekisho.so preauth$/pam_sekisho.so preauht/' /etc/pam.d/gate
caller root next $gate
isnt 'an unknown word: the line refuses' 0 "$status"
has 'an unknown word: syslog names the nearest' 'preauht.*did you mean "preauth"' \
    "$(tail -n 5 /var/log/syslog-capture)"

done_testing
