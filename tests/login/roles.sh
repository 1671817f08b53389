#!/bin/bash
# Roles on real sudo: nobody has one by default; a member asks, others approve, and until it ends
# sudo lets them run what it is for, in sessions that were open before too. Then it does not.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

policy_add '[role web]
members = user2, @ops
approve = 1 from approver1 and 1 from @security or 1 from admin1
max_duration = 1h
commands = /usr/bin/id -un, /usr/bin/cat /etc/shadow
root_equivalent = yes

[role look]
members = user2
approve = nobody
max_duration = 10m
commands = /usr/bin/id -u
root_equivalent = no

[role one]
members = @team
approve = nobody
max_members = 1

[role away]
members = user2
approve = nobody
from = 192.0.2.0/24'
groupadd security && usermod -a -G security approver2
groupadd team && usermod -a -G team user1 && usermod -a -G team user2

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

# grant_of ROLE: the id of who has it.
grant_of()
{
	sekisho grant list --json | sed -nE 's/.*"id": ?"(R-[0-9]+)", ?"role": ?"'"$1"'".*/\1/p'
}

# A login on a terminal, with the shell that shows what PAM says.
shell_of()
{
	converse "assword: => $(password_of "$1")
Code: => !sandbox-code --next $1
\\$ => exit" ssh -F none -tt -p 2222 -o LogLevel=ERROR -o StrictHostKeyChecking=no \
	    -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no "$1@127.0.0.1"
	output=$(tr -d '\r' <<<"$output")
}

# ---- by default ---------------------------------------------------------------------------------

is 'the policy is compiled for sudo' \
    '%:sekisho-web ALL = (root) TIMEOUT=3613s /usr/bin/id -un, /usr/bin/cat /etc/shadow' \
    "$(grep web /etc/sudoers.d/sekisho)"
has 'the group is there, and empty' '^sekisho-web:x:655[0-9]+:$' "$(getent group sekisho-web)"
there user2 sudo id -un
hasnt 'without a role sudo lets nothing through' '^root$' "$output"
run sekisho request web --for 30m --reason x
is 'root asks for nothing' 1 "$status"
there user1 "sekisho request web --reason 'not mine'"
has 'nor who is no member' 'not a member of the role "web"' "$output"
there user2 "sekisho request wob --reason 'case 7'"
has 'nor for what there is not' 'no role "wob"' "$output"
there user2 "sekisho request web --for 2h --reason 'case 7'"
has 'nor for longer than the policy allows' 'at most 60 minutes' "$output"
there user2 "sekisho request web --for 30m"
has 'nor without a reason' 'Say why' "$output"
there user2 "sekisho request away --reason 'case 7'"
has 'nor from elsewhere' 'from where you are logged in' "$output"

# ---- asked for and approved ---------------------------------------------------------------------

there user2 "sekisho request web --for 30m --reason 'case 7'"
has 'a member asks' 'R-1 waits for approval' "$output"
there user2 "sekisho request web --for 30m --reason 'case 7'"
has 'once at a time' 'asked for it already' "$output"
has 'it waits' '^R-1 +role web for 30 minutes +user2 .*case 7' "$(sekisho pending)"
is 'and is nobody else'"'"'s business' '[]' "$(as user1 sekisho pending --json)"
there user2 'sekisho approve R-1'
has 'nobody approves their own' 'It was you who asked' "$output"
there user1 'sekisho approve R-1'
has 'nor does who is not named' 'not yours to give' "$output"
run sekisho approve R-1
is 'nor root' 1 "$status"
is 'what was tried is an alert' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q approval-forbidden'; echo $?)"
shell_of approver2
has 'who may approve is told after login, out of a group too' 'wait for your approval: 1' "$output"
shell_of user1
hasnt 'nobody else is' 'wait for your approval' "$output"
there approver1 'sekisho approve R-1'
has 'one of two' 'It needs further ones' "$output"
is 'which is recorded' 'success ok' "$(last_event approver1 role.answer)"
is 'so there is nothing yet' '' "$(getent group sekisho-web | cut -d: -f4)"
there approver1 'sekisho approve R-1'
is 'the same person again is not the second' 1 "$status"
there approver2 'sekisho approve R-1'
has 'the second, out of a group' 'user2 has the role "web" for 30 minutes' "$output"
is 'the grant is recorded' 'success ok' "$(last_event approver2 grant.start)"
is 'the group has its member' user2 "$(getent group sekisho-web | cut -d: -f4)"
has 'so has the user' 'sekisho-web' "$(id user2)"
there user2 'sudo id -un'
has 'sudo lets it through' '^root$' "$output"
has 'whose record names the grant' '"sekisho.grants":"R-1"' \
    "$(records --event access.account --limit 5 | grep '"service.name":"sudo"' | tail -1)"
there user2 'sudo /usr/bin/id -u'
hasnt 'and nothing else' '^0$' "$output"
there user2 'sekisho grant list'
has 'the user sees it' '^R-1 +web +user2 +in force' "$output"
has 'who approved it is shown' 'approver2' "$(sekisho grant show R-1)"

# ---- and over -----------------------------------------------------------------------------------

sandbox-clock +31m
eventually 5 eval '[ "$(sekisho grant list --json)" = "[]" ]'
is 'its time is over' '' "$(getent group sekisho-web | cut -d: -f4)"
there user2 'sudo id -un'
hasnt 'sudo lets nothing through again' '^root$' "$output"
is 'the end is recorded' 'success expired' "$(last_event user2 grant.end)"

# An open session: given, taken away, without a new login.
there user2 "sekisho request look --reason 'case 8' </dev/tty; sudo id -u; sekisho end R-2;
    sudo id -u || echo refused"
has 'with nobody to approve it is there at once' 'you have the role "look" for 10 minutes' "$output"
is 'sudo in the same session sees it come and go' '0 refused' \
    "$(grep -xE '0|refused' <<<"$output" | xargs)"
is 'given back' 'success withdrawn' "$(last_event user2 grant.end)"
there user2 "sekisho request look --reason 'case 9'"
sekisho user suspend user2 --reason test >/dev/null
is 'a suspended account has no role' '' "$(getent group sekisho-look | cut -d: -f4)"
is 'which is recorded' 'success suspended' "$(last_event user2 grant.end)"
sekisho user resume user2 --reason test >/dev/null
is 'nor gets it back' '' "$(getent group sekisho-look | cut -d: -f4)"

# ---- who may have it at the same time; taken back; declined -------------------------------------

there user1 "sekisho request one --reason 'mine'"
there user2 "sekisho request one --reason 'mine too'"
has 'as many as the policy allows' 'As many people as the policy allows' "$output"
there user2 "sekisho request web --reason 'case 10'"
there admin1 "sekisho deny ${id:=R-5} --reason 'not today'"
has 'declined' 'R-5 is declined' "$output"
is 'the record says so' 'failure declined' "$(last_event admin1 role.answer)"
there admin1 'sekisho approve R-5'
has 'declined is over' 'That request is over' "$output"
there user2 "sekisho request web --reason 'case 11'"
there admin1 'sekisho approve R-6'
has 'the other way of approving' 'user2 has the role "web" for 60 minutes' "$output"
run sekisho end R-6 --reason 'over'
is 'root takes it away' 'success revoked' "$(last_event root grant.end)"

# ---- the daemon is away ---------------------------------------------------------------------------

there user2 "sekisho request look --reason 'case 12'"
is 'given' user2 "$(getent group sekisho-look | cut -d: -f4)"
sandbox-daemon stop >/dev/null
sandbox-clock +11m
is 'a dead daemon keeps nothing alive' '' "$(getent group sekisho-look | cut -d: -f4)"
sandbox-daemon start >/dev/null
is 'nor one that comes back' '' "$(getent group sekisho-look | cut -d: -f4)"
there user2 "sekisho request look --reason 'case 12, again'"
is 'given once more' user2 "$(getent group sekisho-look | cut -d: -f4)"
sandbox-daemon stop >/dev/null
sandbox-clock jump +11m
is 'without a daemon it is over by the wall clock alone' '' "$(getent group sekisho-look | cut -d: -f4)"
sandbox-clock jump -71m
is 'a wall clock that goes back ends nothing' user2 "$(getent group sekisho-look | cut -d: -f4)"
sandbox-clock +11m
is 'and it is over by the boot clock alone' '' "$(getent group sekisho-look | cut -d: -f4)"
sandbox-daemon start >/dev/null
is 'for the daemon too' '' "$(eventually 5 eval '[ -z "$(grant_of look)" ]'; grant_of look)"
sandbox-clock jump +60m
sleep 1.2 # codes count from where the clock was seen to jump

# ---- the index cannot be written ------------------------------------------------------------------

sandbox-daemon stop >/dev/null
mount -t tmpfs -o size=256k,mode=755,uid=sekisho small /run/sekisho
sandbox-daemon start >/dev/null
there user2 "sekisho request look --reason 'case 13'"
is 'given again' user2 "$(getent group sekisho-look | cut -d: -f4)"
dd if=/dev/zero of=/run/sekisho/full bs=4k status=none 2>/dev/null
sekisho end "$(grant_of look)" >/dev/null
is 'taken away where the index cannot be written' '' "$(getent group sekisho-look | cut -d: -f4)"
rm /run/sekisho/full
is 'and the index comes back' 0 "$(eventually 5 eval 'getent group sekisho-look >/dev/null'; echo $?)"
sandbox-daemon stop >/dev/null
umount /run/sekisho
sandbox-daemon start >/dev/null

# ---- the store is put back ------------------------------------------------------------------------

there user2 "sekisho request look --reason 'case 14'"
sandbox-daemon stop >/dev/null
cp -a /var/lib/sekisho "$work/before"
sandbox-daemon start >/dev/null
sekisho end "$(grant_of look)" >/dev/null
sekisho user suspend user1 --reason test >/dev/null
sekisho user resume user1 --reason test >/dev/null
sandbox-daemon stop >/dev/null
cp -a "$work/before/." /var/lib/sekisho/
rm -f /var/lib/sekisho/sekisho.db-wal /var/lib/sekisho/sekisho.db-shm
cp -a "$work/before/." /var/lib/sekisho/
sandbox-daemon start >/dev/null
is 'what was taken away does not come back with an older store' '' \
    "$(getent group sekisho-look | cut -d: -f4)"
is 'which is recorded' rewound "$(records --event grant.end --limit 1 | field event.reason)"

there user2 "sekisho request look --reason 'case 15'"
mkdir -m 700 /root/backup
sekisho key recipient /root/ops.identity --name ops >"$work/ops"
sekisho backup create --to /root/backup --recipient "$work/ops" >/dev/null
sekisho end "$(grant_of look)" >/dev/null
sandbox-daemon stop >/dev/null
run sekisho restore /root/backup/* --identity /root/ops.identity
is 'a backup is put back' 0 "$status"
sandbox-daemon start >/dev/null
is 'nor does it come back with a backup' '' "$(getent group sekisho-look | cut -d: -f4)"
is 'which is recorded too' restored "$(records --event grant.end --limit 1 | field event.reason)"

# ---- who approved is suspended before there are enough ------------------------------------------

there user2 "sekisho request web --for 30m --reason 'case 9'"
id=$(grep -oE 'R-[0-9]+' <<<"$output" | head -n 1)
there approver1 "sekisho approve $id"
has 'one of two again' 'It needs further ones' "$output"
sekisho user suspend approver1 --reason 'phone and password gone' >/dev/null
there approver2 "sekisho approve $id"
has 'the word of who is suspended meanwhile is nobody'"'"'s' 'It needs further ones' "$output"
is 'so there is nothing yet' '' "$(getent group sekisho-web | cut -d: -f4)"
there admin1 "sekisho approve $id"
has 'others can be enough' 'user2 has the role "web"' "$output"
sekisho user resume approver1 >/dev/null

# ---- the policy changes ---------------------------------------------------------------------------

there user2 "sekisho request look --reason 'case 16'"
sed -i '/^\[role look\]/,/^$/s/^members = .*/members = user1/' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
is 'who is no member any more has it no more' '' "$(getent group sekisho-look | cut -d: -f4)"
sed -i '/^\[role web\]/,/^$/d' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
is 'a role that is gone is gone for sudo' '' "$(grep web /etc/sudoers.d/sekisho)"
sed -i 's/^run_as.*//; s/^commands = .usr.bin.id -u$/&\nrun_as = nobody-there:x/' \
    /etc/sekisho/policy.conf
run sekisho policy apply
is 'what cannot be is not put in force' 1 "$status"

run sekisho audit paper grants --verify --output "$work/grants.csv"
is 'the register of grants made of the log alone is that of the store' 0 "$status"

done_testing
