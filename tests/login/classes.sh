#!/bin/bash
# What ends with an account, and what accounts of each class may do: on real sshd, sudo, su and
# cron.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# there USER CMD: in a login of that person over ssh, with a second code at hand.
there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
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

# running PATTERN: how many processes have it in their command line.
running()
{
	pgrep -cf -- "$1"
}

# ---- suspended: what runs ends -----------------------------------------------------------------

mkdir -p /var/lib/systemd/linger /var/spool/cron/atjobs
touch /var/lib/systemd/linger/user1 /var/spool/cron/atjobs/a00001 /var/spool/cron/atjobs/a00002
chown user1 /var/spool/cron/atjobs/a00001
echo '0 0 1 1 * true' | crontab -u user1 -
# of a login: in a terminal, let go of it, deaf to TERM, as root under sudo; and a service of the
# host that was started anew from there
begin user1 1 'sudo true; (trap "" TERM; exec -a deaf1 sleep 301) & setsid -f sleep 302;
    nohup sleep 303 >/dev/null 2>&1 & sudo setsid -f sleep 304; sudo sleep 305 & sleep 1; touch %s; sleep 306'
is 'what a login runs' '1 1 1 1 1' \
    "$(running '^deaf1 301') $(running '^sleep 302') $(running '^sleep 303') $(running '^sleep 304') $(running '^sleep 306')"
is 'and root for it' 0 "$(eventually 3 eval '[ $(running "^sleep 305") = 1 ]'; echo $?)"
setpriv --reuid user2 --regid user2 --clear-groups sleep 307 &
other=$!
has 'sudo remembers a password' user1 "$(ls /run/sudo/ts)"
run sekisho user suspend user1 --reason 'left on Friday'
is 'suspended' 0 "$status"
is 'its processes are gone when the command returns' '0 0 0 0' \
    "$(running '^deaf1 301') $(running '^sleep 302') $(running '^sleep 303') $(running '^sleep 306')"
is 'a command under sudo too' 0 "$(running '^sleep 305')"
has 'how many is said' '^Ended: [0-9]+ processes\.$' "$output"
is 'what belongs to no login any more goes on' 1 "$(running '^sleep 304')"
has 'and is named' 'belongs to no login any more: [0-9]+ sleep' "$output"
is 'nobody else'"'"'s' 1 "$(running '^sleep 307')"
is 'sudo remembers no more' '' "$(ls /run/sudo/ts | grep -x user1)"
has 'which is said' 'what sudo remembered' "$output"
is 'its services may not run without a login' 1 "$(test -e /var/lib/systemd/linger/user1; echo $?)"
has 'which is said too' 'services may no longer run without a login' "$output"
has 'a crontab is left' 'Left: its crontab' "$output"
has 'so are jobs of at' 'Left: 1 job of at' "$output"
has 'all of it is in the record' \
    '"sekisho.ended.linger":true,"sekisho.ended.sudo":true,"sekisho.left.crontab":true,"sekisho.left.at":1,"sekisho.left.processes":"[0-9]+ sleep"' \
    "$(records --user user1 --event user.ended)"
is 'which says that something is left' 'failure suspended' "$(last_event user1 user.ended)"
wait $client 2>/dev/null
pkill -f '^sleep 304'
sekisho user resume user1 --reason test >/dev/null
there user1 'echo in'
has 'resumed: in again' '^in$' "$output"

# ---- retired -----------------------------------------------------------------------------------

policy_add '[role look]
members = user1
approve = nobody
max_duration = 1h'
there user1 'sekisho request look --reason test'
run sekisho user retire root
is 'root does not leave' 1 "$status"
run sekisho user retire user1 --reason 'contract over'
is 'retired' 0 "$status"
has 'what ended is said' 'Devices revoked: 1; recovery codes ended: [0-9]+; requests' "$output"
is 'the role is gone' 'success retired' "$(last_event user1 grant.end)"
is 'the devices are' revoked "$(sekisho factor list user1 --json | grep -o revoked | sort -u)"
is 'the record' 'success ok' "$(last_event user1 user.retire)"
has 'it is shown so' '^Retired:' "$(sekisho user show user1)"
shape sandbox-ssh -k user1 -
is 'no way in' 'out suspended' "$shape $(why user1)"
is 'the account is there for the records' 0 "$(getent passwd user1 >/dev/null; echo $?)"
run sekisho user retire user1
is 'twice changes nothing' 0 "$status"

kill $other
done_testing
