#!/bin/bash
# Guests leave no trace: what sudo, su and sshd's children look like from outside (descriptors,
# threads, caught signals, environment), with the module, the NSS module and the plugins and without.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

# look PID: descriptors by what they are, threads, caught and ignored signals.
cat >"$work/look" <<'EOF'
#!/bin/bash
for fd in /proc/$1/fd/*; do readlink "$fd"; done | sed -E 's/[0-9]+/N/g' | sort | uniq -c | sed 's/^ *//'
echo "threads $(ls /proc/$1/task | wc -l)"
grep -E '^Sig(Cgt|Ign|Blk)' /proc/$1/status
EOF
chmod 755 "$work/look"

policy_add '[role web]
members = user2
approve = nobody
max_duration = 10m
commands = /usr/bin/sleep, /usr/bin/env
root_equivalent = yes'
cp /etc/sudo.conf "$work/sudo.conf"
cp -a /etc/pam.d "$work/pam.d"
cp /etc/nsswitch.conf "$work/nsswitch.conf"
echo 'user2 ALL = (root) NOPASSWD: /usr/bin/sleep, /usr/bin/env' >/etc/sudoers.d/site

code_after()
{
	oathtool --totp --base32 -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$1"
}

with()
{
	printf 'Plugin sekisho_audit sekisho_sudo.so\nPlugin sekisho_approval sekisho_sudo.so\n' >>/etc/sudo.conf
}

without()
{
	cp "$work/sudo.conf" /etc/sudo.conf
	sed -i 's/ sekisho//' /etc/nsswitch.conf
	for service in sshd su sudo; do
		/usr/share/sekisho/pam-remove /etc/pam.d "$work/backups" >/dev/null
	done
}

until_true()
{
	local i

	for ((i = 0; i < 200; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

# seen NAME CMD: looks at the process that CMD is run by and at CMD's own, as soon as it runs.
seen()
{
	local name=$1 pid=

	until_true pgrep -fx "$2"
	pid=$(pgrep -nfx "$2")
	"$work/look" "$pid" >"$work/$name.command"
	tr '\0' '\n' <"/proc/$pid/environ" | grep -vE '^(SSH_|SUDO_COMMAND|XDG_|OLDPWD|_=)' | sort >"$work/$name.environ"
	pid=$(ps -o ppid= -p "$pid" | tr -d ' ')
	"$work/look" "$pid" >"$work/$name.parent"
}

# all SUFFIX: sudo and su as root and as a person, sshd's children, with a command that waits.
all()
{
	local how=$1 pid

	script -qec 'sudo -u user1 sleep 71' /dev/null >/dev/null 2>&1 </dev/null & pid=$!
	seen "sudo.$how" 'sleep 71'
	pkill -nfx 'sleep 71'; wait $pid
	script -qec 'su user1 -c "exec sleep 72"' /dev/null >/dev/null 2>&1 </dev/null & pid=$!
	seen "su.$how" 'sleep 72'
	pkill -nfx 'sleep 72'; wait $pid
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	sandbox-ssh -t user2 auto 'sudo sleep 73; true' >"$work/ssh.$how" 2>&1 </dev/null & pid=$!
	seen "sshd.$how" 'sleep 73'
	"$work/look" "$(pgrep -ofx 'sudo sleep 73')" >"$work/sshd.$how.sudo"
	"$work/look" "$(pgrep -nf '^sshd: user2')" >"$work/sshd.$how.child"
	"$work/look" "$(pgrep -nf '^sshd: user2 \[priv\]')" >"$work/sshd.$how.monitor"
	pkill -nfx 'sleep 73'; wait $pid
}

same()
{
	local what

	for what in "$@"; do
		is "$what is as without" "$(cat "$work/${what/\*/without}")" "$(cat "$work/${what/\*/with}")"
		isnt "$what was seen" '' "$(cat "$work/${what/\*/with}")"
	done
}

with
all with
sandbox-clock "+$((150 - $(date +%s) % 30))s"
rm /etc/sudoers.d/site
echo 'Defaults:user2 !authenticate' >/etc/sudoers.d/site
sandbox-ssh -t user2 "$(sandbox-code user2),$(code_after user2)" \
    'sekisho request web --for 10m --reason x </dev/tty; sudo sleep 74; true' >"$work/role" 2>&1 </dev/null & pid=$!
seen role.with 'sleep 74'
"$work/look" "$(pgrep -ofx 'sudo sleep 74')" >"$work/role.with.sudo"
pkill -nfx 'sleep 74'; wait $pid
without
echo 'user2 ALL = (root) NOPASSWD: /usr/bin/sleep' >/etc/sudoers.d/site
all without

same 'sudo.*.command' 'sudo.*.parent' 'sudo.*.environ' 'su.*.command' 'su.*.parent' 'su.*.environ' \
    'sshd.*.command' 'sshd.*.environ' 'sshd.*.child' 'sshd.*.monitor' 'sshd.*.sudo'
descriptors() { grep -vE '^(threads|Sig)' "$1" | awk '{ n += $1 } END { print n }'; }
is "sudo has one descriptor more while a role's command runs" \
    $(($(descriptors "$work/sshd.with.sudo") + 1)) "$(descriptors "$work/role.with.sudo")"
is 'and no thread or signal' "$(grep -E '^(threads|Sig)' "$work/sshd.with.sudo")" \
    "$(grep -E '^(threads|Sig)' "$work/role.with.sudo")"
is "a role's command is as any other" "$(cat "$work/sshd.with.command")" "$(cat "$work/role.with.command")"

done_testing
