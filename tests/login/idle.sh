#!/bin/bash
# A session whose terminal nobody uses is told and ended, on a real sshd.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# begin USER MARK CMD: the same in the background, until the file MARK is there.
begin()
{
	local user=$1 mark=/tmp/${work##*/}.$2

	shift 2
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	setsid sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" \
	    "$(printf "$*" "$mark")" >"$work/session" 2>&1 &
	client=$!
	eventually 10 test -e "$mark" || fail "a login of $user that does something" "$(<"$work/session")"
	rm -f "$mark"
}

policy_add '[session]
idle_person = 10m
idle_warning = 2m'
begin user1 idle 'touch %s; sleep 3000'
kill -STOP -- -$client # it would hang up when the clock moves and nothing is asked
looked() { sandbox-clock +11s; sleep 1.3; }
open_of_user1() { sekisho session list --json | grep -c '"user": \?"user1"'; }
looked && looked # when it was typed into last is known
sandbox-clock +8m
looked && looked
is 'a terminal that nobody uses is not ended before its time' 1 "$(open_of_user1)"
sandbox-clock +2m
looked && looked
is 'then it is' 0 "$(eventually 5 eval '[ "$(open_of_user1)" = 0 ]'; echo $?)"
has 'which is a record' '"service.name":"sshd".*"process.tty":"pts/[0-9]+".*"sekisho.idle.limit":600000' \
    "$(records --user user1 --event session.idle)"
kill -CONT -- -$client
wait $client 2>/dev/null
has 'whoever sat there was told' 'nothing was typed here' "$(<"$work/session")"

done_testing
