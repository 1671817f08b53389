#!/bin/bash
# Commands of sudo's that take two people, and shared accounts reached through it: one person at a
# time, out of a login of their own. On the real sudo.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# there USER CMD: in a login of that person, on a terminal, from $from; the second code is for a
# request.
from=127.0.0.1
there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run timeout 40 sandbox-ssh -b "$from" -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}

# The clock is moved for each login, and a dialogue would take that for silence.
export SANDBOX_TIMEOUT=1000
until_true()
{
	local i

	for ((i = 0; i < 300; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

cat >/tmp/plugins <<'EOT'
Plugin sekisho_audit sekisho_sudo.so
Plugin sekisho_approval sekisho_sudo.so
EOT
cp /etc/sudo.conf /tmp/sudo.conf
plugins() { cat /tmp/sudo.conf /tmp/plugins >/etc/sudo.conf; }
plugins

# ---- two people for each use ---------------------------------------------------------------------

policy_add '[role pair]
members = user1, user2, admin1
approve = nobody
max_duration = 3d
commands = /usr/bin/id -un, /usr/bin/id -Gn, /usr/bin/touch
each_use = two-person
root_equivalent = no'
plugins
# second ID USER CMD...: as soon as the request waits, in a login of that person
second()
{
	local id=$1

	shift
	(until_true eval "sekisho pending | grep -q '^$id '" && there "$@" && echo "$output" >/tmp/second.$id) 2>&1 &
	other=$!
}
pending() { sekisho pending | grep '^U-'; }

# The clock is moved for each login; a command that waits has five minutes.
there user2 'sekisho request pair --for 2d --reason case </dev/tty >/dev/null'
second U-1 user1 'sekisho approve U-1'
there user2 'sudo id -un; echo status $?'
wait $other
has 'who runs it is told what it takes' 'takes two people. It waits 5 minutes .*sekisho approve U-1' "$output"
has 'the second person sees what it is' 'one command of the role pair' "$(</tmp/second.U-1)"
has 'and which' '/usr/bin/id -un' "$(</tmp/second.U-1)"
has 'who agreed is said' 'user1 agreed \(U-1\)' "$output"
has 'and it runs' '^root$' "$output"
first=$(records --user user2 --event sudo.command --limit 1)
has 'the record of the use has both names' '"user.name":"user2".*"sekisho.fact.use":"approved".*"sekisho.fact.use.by":"user1".*"sekisho.use":"U-1","sekisho.use.person":"user1"' "$first"
is 'so has the word itself' 'success ok' "$(last_event user1 use.answer)"
is 'and what was asked' '"/usr/bin/id"' "$(records --user user2 --event use.request --limit 1 | field process.executable | sed 's/.*/"&"/')"
second U-2 user1 'sekisho deny U-2 --reason no'
there user2 'sudo id -un; echo status $?'
wait $other
has 'who is refused is told by whom' 'user1 did not agree to this command \(U-2\)' "$output"
has 'and it does not run' '^status 1$' "$output"
hasnt 'not at all' '^root$' "$output"
is 'which is recorded' 'failure declined' "$(last_event user2 sudo.command)"
second U-3 user2 'sekisho approve U-3'
there user2 'sudo -v; timeout --foreground -s INT 5 sudo id -un; echo status $?'
wait $other
has 'nobody agrees to their own' 'It was you who asked' "$(</tmp/second.U-3)"
hasnt 'so nothing runs' '^root$' "$output"
is 'what was tried is an alert' 0 "$(eventually 8 eval \
    'sekisho log --event alert.raise --json | grep -q approval-forbidden'; echo $?)"
there user1 'sekisho approve U-3'
has 'whoever gave up is past agreeing to' 'That request is over' "$output"
second U-5 user1 'sekisho approve U-5'
there user2 'timeout --foreground -s INT 2 sudo id -un; sudo id -un'
wait $other
has 'who asks again is heard' 'user1 agreed \(U-5\)' "$output"
is 'what nobody waits for any more does not stand in the list before the others' '' "$(pending)"
is 'which is recorded' 2 "$(records --event use.answer --json | grep -c '"event.reason":"expired"')"

# ---- shared accounts -----------------------------------------------------------------------------

sed -i '/^\[account oracle1\]/a exclusive = yes' /etc/sekisho/policy.conf
policy_add '[account svc2]
class = shared
by_role = yes

[role app]
members = user2
approve = nobody
commands = /usr/bin/id -un
run_as = svc2
root_equivalent = no'
useradd -m svc2
echo 'user1, user2 ALL = (oracle1, svc2) NOPASSWD: ALL' >/etc/sudoers.d/shared
there user1 'tmux -L held new -d "sudo -u oracle1 sleep 71"; sleep 0.7; sudo -u oracle1 id -un'
has 'sudo leads to a shared account out of a login of one'"'"'s own' '^oracle1$' "$output"
is 'where the command goes on' 1 "$(pgrep -u oracle1 -cfx 'sleep 71')"
there user2 'sudo -u oracle1 id -un || echo refused'
has 'another person meanwhile: not' '^refused$' "$output"
has 'and is told who has it' 'user1 is using this account' "$output"
is 'the record has it too' 'failure held' "$(last_event user2 sudo.command)"
pkill -u oracle1
until_true eval '! pgrep -u oracle1'
until_true eval '! sekisho session list --json | grep -q oracle1'
there user2 'sudo -u oracle1 id -un; sudo -u svc2 id -un || echo refused'
has 'given back: then the other may' '^oracle1$' "$output"
has 'one that takes a role: not without' '^refused$' "$output"
there user2 'sekisho request app --for 30m --reason case </dev/tty >/dev/null; sudo -u svc2 id -un'
has 'and with it' '^svc2$' "$output"
has 'whose reason the record leads to' '"sekisho.request":"R-[0-9]+"' \
    "$(records --user user2 --event sudo.command --limit 1)"
run setpriv --reuid user1 --regid user1 --init-groups -- sudo -n -u oracle1 id -un
hasnt 'out of nowhere: not' '^oracle1' "$output"

run "$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho
is 'all of it decided again comes to the same' 0 "$status"

done_testing
