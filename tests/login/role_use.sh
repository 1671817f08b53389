#!/bin/bash
# A role's conditions hold whenever it is used, not only when it is asked for: its hours, where its
# person is logged in, and that sudo's plugin is there. On the real sudo.
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

until_true()
{
	local i

	for ((i = 0; i < 300; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

# Beside a login: CMD as root as soon as a command of that name runs as root.
beside()
{
	local name=$1

	shift
	(until_true pgrep -u root -fx "$name" && sleep 0.2 && "$@") >/dev/null 2>&1 &
}

members_of() { getent group "sekisho-$1" | cut -d: -f4; }
at() { date -d "@$(($(date +%s) + $1))" +%H:%M; }

cat >/tmp/plugins <<'EOT'
Plugin sekisho_audit sekisho_sudo.so
Plugin sekisho_approval sekisho_sudo.so
EOT
cp /etc/sudo.conf /tmp/sudo.conf
plugins() { cat /tmp/sudo.conf /tmp/plugins >/etc/sudo.conf; }
plugins
echo 'Defaults:user2 timestamp_type=global' >/etc/sudoers.d/site
policy_add "[role web]
members = user2
approve = nobody
max_duration = 3d
commands = /usr/bin/id -u, /usr/bin/sleep
root_equivalent = no
time = $(at -3600)-$(at 1800)

[role away]
members = user2
approve = nobody
max_duration = 3d
commands = /usr/bin/id -g
root_equivalent = no
from = 127.0.0.5

[role guarded]
members = user1
approve = nobody
max_duration = 3d
commands = /usr/bin/id -u
root_equivalent = no
plugin = required"
has 'which is said of the policy' 'They run only while sudo.s plugin is there' "$(sekisho policy show --sentences)"

# ---- hours ---------------------------------------------------------------------------------------

there user2 'sekisho request web --for 2d --reason case </dev/tty >/dev/null; sudo id -u'
has 'within its hours a role is used' '^0$' "$output"
beside 'sleep 91' sandbox-clock +1801s
there user2 'sudo sleep 91; echo status $?'
has 'when they end so does what runs' 'hours of the role "web" .*are over' "$output"
until_true eval '! pgrep -fx "sleep 91"'
is 'nothing is left' '' "$(pgrep -fx 'sleep 91')"
until_true eval 'last_event user2 sudo.end | grep -q .'
is 'which is recorded' 'success outside-hours' "$(last_event user2 sudo.end)"
until_true eval '[ -z "$(members_of web)" ]'
is 'outside them the role gives no group' '' "$(members_of web)"
has 'although the grant goes on' 'R-1 +web +user2 +in force' "$(sekisho grant list)"
there user2 'sudo id -u || echo refused'
is 'sudoers refuses' refused "$(grep -xE '0|refused' <<<"$output")"
echo 'user2 ALL = (root) NOPASSWD: /usr/bin/id -u' >>/etc/sudoers.d/site
there user2 'sudo id -u || echo refused'
has 'and so does the plugin, where sudoers would not' 'cannot be used at this hour' "$output"
is 'for that reason' outside-hours "$(records --user user2 --event sudo.command --limit 1 | field event.reason)"
sed -i '/NOPASSWD/d' /etc/sudoers.d/site
sandbox-clock +23h
until_true eval '[ "$(members_of web)" = user2 ]'
there user2 'sudo id -u'
has 'at its hours the next day it is there again' '^0$' "$output"

# ---- sources -------------------------------------------------------------------------------------

from=127.0.0.5
there user2 'sekisho end R-1 --reason over; sekisho request away --for 2d --reason case </dev/tty >/dev/null; sudo id -g'
has 'from where it is for a role is used' '^0$' "$output"
from=127.0.0.6
there user2 'sudo id -g || echo refused'
has 'and from nowhere else' 'cannot be used from where you are logged in' "$output"
cp /tmp/sudo.conf /etc/sudo.conf
there user2 'sudo id -g || echo refused'
has 'without the plugin neither' 'a role that cannot be used from here' "$output"
hasnt 'nothing runs' '^0$' "$output"
is 'by the account phase' 'failure wrong-place' "$(last_event user2 access.account)"
from=127.0.0.5
there user2 'sudo id -g'
has 'where it may be used it can, as this role does not demand the plugin' '^0$' "$output"

# ---- the plugin ----------------------------------------------------------------------------------

from=127.0.0.1
plugins
there user1 'sekisho request guarded --reason case </dev/tty >/dev/null; sudo id -u'
has 'with the plugin the role is used' '^0$' "$output"
cp /tmp/sudo.conf /etc/sudo.conf
there user1 'sudo id -u || echo refused'
has 'without it nothing runs' '^refused$' "$output"
has 'the person is told whom to tell' 'Tell an administrator: /etc/sudo.conf' "$output"
is 'the record says why' 'failure plugin-missing' "$(last_event user1 access.account)"
is 'by which role' guarded "$(records --user user1 --event access.account --limit 1 | field sekisho.rule)"
has 'the system log says what to do' 'sudo of user1 is refused: the role guarded.*setup --service sudo' \
    "$(</var/log/sekisho-policyd.log)"
echo 'Plugin sekisho_audit sekisho_sudo.so' >>/etc/sudo.conf
there user1 'sudo id -u'
has 'one of the two lines is enough' '^0$' "$output"

run "$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho
is 'all of it decided again comes to the same' 0 "$status"

done_testing
