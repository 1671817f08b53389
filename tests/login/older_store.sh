#!/bin/bash
# An older store is put back, from a backup or by copying its files: a bypass that was used, an
# invitation, an exception and a contingency policy that were ended, an attribute that was revoked
# are not there again.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

named='approver1, approver2, user1'
policy_add "[exceptions]
approvers = $named

[bypass]
approvers = $named

[attribute training]
valid = 365d

[role trained]
members = user2
approve = nobody
attributes = training

[contingency flood]
approvers = 2 from $named
for = 8h
lower = everyone:within"
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

# live KIND: entries of the register of this kind that are in force.
live()
{
	sekisho exception list --json | /usr/bin/python3 -c 'import json, sys
print(sum(x["kind"] == sys.argv[1] and x["state"] == "active" for x in json.load(sys.stdin)))' "$1"
}

# why KIND: how the last of this kind ended.
ended()
{
	sekisho exception list --all --json | /usr/bin/python3 -c 'import json, sys
print([x["ended_why"] for x in json.load(sys.stdin) if x["kind"] == sys.argv[1]][-1])' "$1"
}

# All of it alive, each approved by others.
set_up()
{
	local terms='--clause c --measure m --report r --reason x --for 8h'

	sekisho attribute set user2 training --evidence 'sheet 12' >/dev/null
	there user1 "sekisho exception request everyone --subject svc1 $terms"
	exception=$(grep -oE 'E-[0-9]+' <<<"$output" | head -1)
	there approver1 "sekisho approve $exception --reason x"
	there user1 "sekisho contingency activate flood --reason x"
	flood=$(grep -oE 'E-[0-9]+' <<<"$output" | head -1)
	there approver1 "sekisho approve $flood --reason x"
	there approver2 "sekisho approve $flood --reason x"
	has "$1: a contingency policy is in force" 'in force for 480 minutes' "$output"
	there user1 "sekisho bypass request auditor1 --verified-by b --how h --reason x --for 30m"
	bypass=$(grep -oE 'B-[0-9]+' <<<"$output" | head -1)
	there approver1 "sekisho approve $bypass"
	code=$(grep -oE '([A-Z2-7]{4}-){3}[A-Z2-7]{4}' <<<"$output")
	is "$1: all of it is alive" '1 1 1 true' "$(live asked) $(live contingency) $(live bypass) $(
	    sekisho attribute list user2 --json | grep -oE '"holds": ?(true|false)' | grep -oE '[a-z]+$')"
}

# And ended, used, revoked.
end_all()
{
	sandbox-ssh auditor1 "$code" true >/dev/null 2>&1
	sekisho exception end "$exception" --reason x >/dev/null
	sekisho contingency end flood --reason x >/dev/null
	sekisho attribute revoke user2 training --reason 'a mistake' >/dev/null
	is "$1: all of it is over" '0 0 0' "$(live asked) $(live contingency) $(live bypass)"
}

# None of it is there again.
look()
{
	is "$1: nothing in force again" '0 0 0' "$(live asked) $(live contingency) $(live bypass)"
	is "$1: ended by that" "$2 $2" "$(ended asked) $(ended contingency)"
	sandbox-ssh auditor1 "$code" true >/dev/null 2>&1
	isnt "$1: the code of the bypass is none" 0 $?
	sandbox-clock +10m
	has "$1: the attribute is unknown" 'training +UNKNOWN' "$(sekisho attribute list user2)"
	has "$1: and the list says what to do" 'until root sets it again' "$(sekisho attribute list user2)"
	there user2 'sekisho request trained --for 10m --reason x'
	has "$1: so it does not count" 'requires something of you' "$output"
	sekisho attribute set user2 training --evidence 'sheet 12, looked at again' >/dev/null
	there user2 'sekisho request trained --for 10m --reason x'
	has "$1: before it is set again" 'you have the role "trained"' "$output"
}

mkdir -m 700 /root/backup
sekisho key recipient /root/ops.identity --name ops >"$work/ops"
useradd -m newbie
sekisho user add newbie --until 2030-01-31 --verified-by boss --how h >"$work/invited" 2>&1
sandbox-clock +10m
set_up backup
sekisho backup create --to /root/backup --recipient "$work/ops" >/dev/null
end_all backup
sandbox-daemon stop
run sekisho restore /root/backup/* --identity /root/ops.identity
is 'a backup is put back' 0 "$status"
has 'it says that attributes are to be set again' 'Attributes to set again: +1' "$output"
sandbox-daemon start
look backup restored
is 'an invitation is void' 0 "$(sekisho user show newbie --json | grep -c '"open"')"

set_up files
sandbox-daemon stop
cp -a /var/lib/sekisho "$work/before"
sandbox-daemon start
end_all files
sandbox-daemon stop
rm -f /var/lib/sekisho/sekisho.db-wal /var/lib/sekisho/sekisho.db-shm
cp -a "$work/before/." /var/lib/sekisho/
sandbox-daemon start
look files rewound

# ---- of an older and a newer version ------------------------------------------------------------

sandbox-daemon stop
for version in 7 99; do
	rm -rf "$work/other" && cp -a /var/lib/sekisho "$work/other"
	/usr/bin/python3 -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = " + sys.argv[2])' "$work/other/sekisho.db" $version
	run sekisho audit verify --state-dir "$work/other"
	is "version $version is not read as damaged" 7 "$status"
	case $version in
	7) has 'who reads an older one is told what to do' 'of an older version.* brings it up to date' "$(tr '\n' ' ' <<<"$output")" ;;
	*) has 'and of a newer one too' 'of a newer version.*Read it with' "$(tr '\n' ' ' <<<"$output")" ;;
	esac
done

done_testing
