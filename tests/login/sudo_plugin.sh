#!/bin/bash
# sudo's plugins on the real sudo: a command of a role's is asked about before it runs, is recorded
# under its grant, and ends with it, whatever ends that. Without them nobody gains anything.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

cat >/usr/bin/deaf <<'EOF'
#!/bin/bash
trap '' TERM HUP
echo $BASHPID >/tmp/deaf
while :; do sleep 1; done
EOF
ln -s true /usr/bin/mysql
chmod 755 /usr/bin/deaf
cat >/tmp/conf <<'EOF'
Plugin sekisho_audit sekisho_sudo.so
Plugin sekisho_approval sekisho_sudo.so
EOF
policy_add '[role web]
members = user2
approve = nobody
max_duration = 10m
commands = /usr/bin/id -u, /usr/bin/sleep, /usr/bin/sh, /usr/bin/deaf, /usr/bin/setsid,
	/usr/bin/nohup, /usr/bin/mysql, /usr/bin/cat /etc/hostname, sudoedit /etc/motd
mask = -p
root_equivalent = yes'
cp /etc/sudo.conf /tmp/sudo.conf
echo 'user1 ALL = (root) NOPASSWD: /usr/bin/id' >/etc/sudoers.d/site
echo 'Defaults:user2 timestamp_type=global' >>/etc/sudoers.d/site
plugins() { cat /tmp/sudo.conf /tmp/conf >/etc/sudo.conf; }
plugins

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

# there USER CMD: in a login of that person, on a terminal; the second code is for a request.
there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run timeout 40 sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(code_after "$user")" "$*"
	output=$(tr -d '\r' <<<"$output")
}

# Until CMD is true, at most some seconds; eventually() goes by the clock that is moved here.
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

uptime() { cut -d. -f1 /proc/uptime; }
grant() { sekisho grant list --json | sed -nE 's/.*"id": ?"(R-[0-9]+)".*/\1/p'; }
ask='sekisho request web --for 10m --reason case </dev/tty >/dev/null'

# ---- asked and recorded --------------------------------------------------------------------------

there user2 "$ask; sudo id -u; sudo cat /etc/hostname; sudo mysql -p hunter2 --token=abc x;
    sudo id -g; sudo sh -c 'exit 7'; sudo sh -c 'kill -9 \$\$'; sekisho end $(grant)R-1; sudo id -u || echo refused"
is 'allowed, given back, refused in one session, with a password that sudo remembers' \
    '0 gate refused' "$(grep -xE '0|gate|refused' <<<"$output" | xargs)"
log=$(records --user user2 --limit 200)
first=$(grep '"sudo.command"' <<<"$log" | head -n 1)
has 'a command is recorded under its grant' '"sekisho.request":"R-1"' "$first"
has 'as resolved, with what follows it' '"process.executable":"/usr/bin/id".*"process.args":\["-u"\]' "$first"
has 'with where and as whom' '"process.working_directory":"/home/user2","process.tty":"/dev/pts/[0-9]+","user.target.name":"root"' "$first"
has 'secrets are masked' '"process.args":\["-p","\*\*\*","--token=\*\*\*","x"\]' "$log"
hasnt 'and nowhere else' 'hunter2' "$(records --limit 1000)"
is 'how it ended' '0 0 0 7' "$(grep '"sudo.exit"' <<<"$log" | field process.exit_code | grep -v -- - | xargs)"
is 'or by which signal' 9 "$(grep '"sudo.exit"' <<<"$log" | field sekisho.sudo.signal | grep -v -- - | xargs)"
is 'each end names its beginning' "$(grep '"sudo.command"' <<<"$log" | wc -l)" \
    "$(grep '"sudo.exit"' <<<"$log" | field sekisho.sudo.record | sort -u | wc -l)"
is 'what sudoers refused is recorded too' '/usr/bin/id /usr/bin/id' \
    "$(grep '"sudo.refused"' <<<"$log" | field process.executable | xargs)"
there user1 'sudo id -un'
has 'what sudoers allows without a role goes on' '^root$' "$output"
is 'and is recorded as that' standing-right \
    "$(records --user user1 --event sudo.command --limit 1 | field event.reason)"
is 'root too' root-caller "$(sudo -u user1 true; records --event sudo.command --limit 1 | field event.reason)"

# ---- the end of a running command ----------------------------------------------------------------

there user2 "$ask"
beside 'sleep 91' sandbox-clock +601s
there user2 'sudo sleep 91; echo status $?'
has 'its time is over: the person is told' 'you no longer have the role "web" .*its time is over' "$output"
# The dialogue goes by the clock that was moved: it hung up at that moment.
until_true eval '! pgrep -fx "sleep 91"'
is 'and the command is ended' '' "$(pgrep -fx 'sleep 91')"
until_true eval 'last_event user2 sudo.exit | grep -q grant-over'
is 'which is recorded' 'success expired' "$(last_event user2 sudo.end)"
is 'and its end as well' 'success grant-over' "$(last_event user2 sudo.exit)"

there user2 "$ask"
beside 'sleep 92' sekisho end "$(grant)" --reason test
there user2 'sudo sleep 92; echo status $?; sudo id -u || echo refused'
has 'taken away: ended' 'it was taken away' "$output"
is 'and the next one is refused' 'status 129 refused' "$(grep -xE 'status .*|refused|0' <<<"$output" | xargs)"
is 'as revoked' 'success revoked' "$(last_event user2 sudo.end)"

there user2 "$ask"
beside 'sleep 93' sekisho end "$(grant)" --reason test
there user2 "sudo sh -c 'sleep 93; echo on' </dev/null 2>&1 | cat; $ask; sudo id -u"
is 'ended without a terminal too, with all that the command began' '' "$(pgrep -fx 'sleep 93')"
is 'a new grant works in the same session' 0 "$(grep -x 0 <<<"$output")"

beside '/bin/bash /usr/bin/deaf' sekisho end "$(grant)" --reason test
begun=$(uptime)
there user2 'sudo deaf; echo status $?'
between 'one that hears nothing is ended too, two seconds later' 2 15 $(($(uptime) - begun))
has 'by the signal that cannot be refused' '^status 137$' "$output"
is 'it is gone' '' "$(pgrep -f /usr/bin/deaf)"

there user2 "$ask"
beside 'sleep 94' sekisho user suspend user2 --reason test
there user2 'sudo sleep 94; echo status $?'
is 'a suspended account runs nothing on' '' "$(pgrep -fx 'sleep 94')"
sekisho user resume user2 --reason test >/dev/null

# ---- what leaves, and what does not --------------------------------------------------------------

there user2 "$ask"
beside 'sleep 95' sekisho end "$(grant)" --reason test
there user2 "sudo sh -c 'setsid sleep 96 & nohup sleep 97 >/dev/null 2>&1 & sleep 95; echo on'"
is 'setsid and nohup below a command that runs do not save anything' '' "$(pgrep -fx 'sleep 9[567]')"
there user2 "$ask; sudo setsid -f sleep 98 >/dev/null 2>&1 </dev/null"
sekisho end "$(grant)" --reason test >/dev/null
until_true eval 'last_event user2 sudo.left | grep -q .'
is 'what left before the end is recorded' 'failure left-running' "$(last_event user2 sudo.left)"
has 'by name' '"sekisho.left.processes":"[0-9]+ sleep"' "$(records --event sudo.left)"
isnt 'and goes on, as the manual says' '' "$(pgrep -fx 'sleep 98')"
pkill -fx 'sleep 98'
sed -i '/^\[role web\]/a end = all' /etc/sekisho/policy.conf && sekisho policy apply >/dev/null
there user2 "$ask; sudo setsid -f sleep 88 >/dev/null 2>&1 </dev/null"
setsid -f sleep 89
sekisho end "$(grant)" --reason test >/dev/null
until_true eval '! pgrep -fx "sleep 88"'
until_true eval 'last_event user2 sudo.left | grep -q success'
is 'where the role says so it is ended' 'success ended' "$(last_event user2 sudo.left)"
is 'and nothing else' 1 "$(pgrep -cfx 'sleep 89')"
there user2 "$ask; sudo id -u; tmux -L a new -d 'sudo sleep 99'; sleep 0.7"
is 'a command in tmux outlives its login' 1 "$(pgrep -u root -cfx 'sleep 99')"
sekisho end "$(grant)" --reason test >/dev/null
until_true eval '! pgrep -fx "sleep 99"'
is 'and ends with its grant' 0 $?

# ---- the daemon is away --------------------------------------------------------------------------

there user2 "$ask"
(until_true pgrep -u root -fx 'sleep 81' && sandbox-daemon stop && sandbox-daemon start &&
    sleep 2.5 && sekisho end "$(grant)" --reason test) >/dev/null 2>&1 &
there user2 'sudo sleep 81; echo status $?'
has 'after a restart of the daemon its word counts again' 'it was taken away' "$output"
there user2 "$ask"
(until_true pgrep -u root -fx 'sleep 82' && sandbox-daemon stop && sandbox-clock +601s) >/dev/null 2>&1 &
there user2 'sudo sleep 82; echo status $?'
has 'without it the command ends at its time all the same' 'its time is over' "$output"
until_true eval '! pgrep -fx "sleep 82"'
is 'nothing is left' '' "$(pgrep -fx 'sleep 82')"
sandbox-daemon start >/dev/null
there user2 "$ask"
(until_true pgrep -u root -fx 'sh -c sleep 1.5; exit 9' && sandbox-daemon stop) >/dev/null 2>&1 &
there user2 "sudo sh -c 'sleep 1.5; exit 9'"
sandbox-daemon start >/dev/null
until_true eval 'records --user user2 --event sudo.exit --limit 3 | grep -q "exit_code\":9"'
last=$(records --user user2 --event sudo.exit --limit 3 | grep '"process.exit_code":9')
has 'how one ended without it is known when it is back' \
    '"event.outcome":"success","event.reason":"exit".*"sekisho.request":"R-[0-9]+"' "$last"
has 'with the number of its beginning, and as reported' \
    '"sekisho.sudo.record":[0-9]+,"process.executable":"/usr/bin/sh".*"sekisho.reported":true' "$last"
sekisho end "$(grant)" --reason test >/dev/null
sandbox-daemon stop >/dev/null
sed -i 's/pam_sekisho.so/& fail=open/' /etc/pam.d/sekisho-account /etc/pam.d/sudo 2>/dev/null
run as user1 sudo -n id -un
hasnt 'and nobody gets anything from sudo' '^root$' "$output"
is 'root does' user1 "$(sudo -u user1 id -un 2>/dev/null)"
sed -i 's/ fail=open//' /etc/pam.d/sekisho-account /etc/pam.d/sudo 2>/dev/null
sandbox-daemon start >/dev/null

# ---- without the plugins -------------------------------------------------------------------------

cp /tmp/sudo.conf /etc/sudo.conf
there user2 'sudo id -u || echo refused'
has 'without the plugins and a grant there is nothing' '^refused$' "$output"
echo 'Plugin sekisho_audit sekisho_sudo.so' >>/etc/sudo.conf
there user2 "$ask"
beside 'sleep 83' sekisho end "$(grant)" --reason test
there user2 'sudo sleep 83; echo status $?'
has 'one of the two lines is enough' '^status 129$' "$output"
plugins
mv /usr/libexec/sudo/sekisho_sudo.so /tmp/
there user2 "$ask; sudo id -u || echo refused"
has 'where the file is missing nobody runs anything' '^refused$' "$output"
run /usr/share/sekisho/sudo-remove
is 'sudo-remove takes the lines out' "$(cat /tmp/sudo.conf)" "$(cat /etc/sudo.conf)"

# ---- without the module, and without the groups --------------------------------------------------

# by_password CMD: as user2, with the password alone and no login.
by_password()
{
	passwords=$(password_of user2) codes= run dialogue --as user2 "$@"
	output=$(tr -d '\r' <<<"$output")
}
sekisho end "$(grant)" --reason test >/dev/null 2>&1
module=$(find /usr/lib /lib -name pam_sekisho.so -print -quit)
mv "$module" /tmp/
by_password sudo id -u
has 'where the file of the module is missing nobody runs anything' 'Module is unknown' "$output"
mv /tmp/pam_sekisho.so "$module"
/usr/share/sekisho/pam-remove /etc/pam.d "$work/stacks" >/dev/null
by_password sudo -k id -u
has 'with the module taken out the password is asked for, by the host itself' 'assword' "$output"
has 'and sudoers gives nothing to who has no grant' 'not (in the sudoers|allowed)' "$output"
sed -i '/^group:/s/ sekisho//' /etc/nsswitch.conf
by_password sudo -k id -u
has 'nor where the groups are taken out as well' 'not (in the sudoers|allowed)' "$output"
mv /usr/lib/*/libnss_sekisho.so.2 /tmp/
by_password sudo -k id -u
has 'nor without their file' 'not (in the sudoers|allowed)' "$output"

done_testing
