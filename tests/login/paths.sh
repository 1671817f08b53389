#!/bin/bash
# Every way in on the real programs: sshd by password and code, by key, by both, by the password
# method; login; su and su -l; sudo and sudo -i; cron. Who is asked for what, who gets in, and
# what the log says.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

# ---- ssh ---------------------------------------------------------------------------------------

shape sandbox-ssh user1 auto
is 'ssh: password, then code' 'password code in' "$shape"
is 'ssh: the session is recorded' 'success ok' "$(last_event user1 session.open)"
shape sandbox-ssh user1 "$(wrong_code user1)"
is 'ssh: a wrong code' 'password code out wrong-code' "$shape $(why user1)"
shape sandbox-ssh -P wrong user1 next
is 'ssh: a wrong password is not followed by a code prompt' \
    'password out wrong-password' "$shape $(why user1)"
shape sandbox-ssh user1 -
is 'ssh: no code' 'password code out' "$shape"
code=$(sandbox-code --next user1)
shape sandbox-ssh user1 "${code:0:3} ${code:3}"
is 'ssh: a code with a blank in it' 'password code in' "$shape"
shape sandbox-ssh user1 "$code"
is 'ssh: is the same code without it' 'password code out replayed-code' "$shape $(why user1)"
code=$(sandbox-code --next user1 | sed 'y/0123456789/０１２３４５６７８９/')
shape sandbox-ssh user1 "$code"
is 'ssh: a code in full-width digits' 'password code in' "$shape"
shape sandbox-ssh -n 3 -P $'wrong\nGate+user1-1601!' user1 next
is 'ssh: a second try in one connection' 'password password code in' "$shape"

shape sandbox-ssh -k -o LogLevel=INFO user1 -
is 'key alone: refused without a question' 'out key-only' "$shape $(why user1)"
has 'key alone: what to do' 'PreferredAuthentications=keyboard-interactive' "$output"
sandbox-sshd start 2223 'AuthenticationMethods publickey,keyboard-interactive'
shape sandbox-ssh -k -p 2223 user1 next
is 'key and code: no password' 'code in' "$shape"
has 'key and code: the record names the key' '^SHA256:' \
    "$(records --user user1 --event authentication.code --limit 1 | field sekisho.device.key)"
shape sandbox-ssh -k -p 2223 user1 "$(wrong_code user1)"
is 'key and a wrong code' 'code out wrong-code' "$shape $(why user1)"
shape sandbox-ssh -p 2223 user1 next
is 'key and code: not without the key' 'out' "$shape"

# The password method has one field for both.
sandbox-sshd start 2224 'PasswordAuthentication yes' 'KbdInteractiveAuthentication no'
by_password()
{
	shape sandbox-ssh -p 2224 -o PreferredAuthentications=password -P "$1" user1 -
}
by_password 'Gate+user1-1601!'
is 'password method: refused with a reason' 'password out code-is-password' "$shape $(why user1)"
code=$(sandbox-code --next user1)
by_password "Gate+user1-1601!$code"
is 'password method: a code behind the password, not enabled' 'password out wrong-password' \
    "$shape $(why user1)"
policy_add '[service sshd]
appended_code = yes'
code=$(sandbox-code --next user1)
by_password "Gate+user1-1601!$code"
is 'password method: enabled, in' 'password in' "$shape"
by_password "Gate+user1-1601!$code"
is 'password method: the same code again' 'password out replayed-code' "$shape $(why user1)"
by_password "Gate+user1-1601!$(wrong_code user1)"
is 'password method: a wrong code' 'password out wrong-code' "$shape $(why user1)"
by_password "wrong$(sandbox-code --next user1)"
is 'password method: a wrong password' 'password out wrong-password' "$shape $(why user1)"
shape sandbox-ssh user1 next
is 'password method enabled: people who can be asked still are' 'password code in' "$shape"

# ---- kinds of accounts -------------------------------------------------------------------------

shape sandbox-ssh -k svc1 -
is 'service account: by key' 'in' "$shape"
is 'service account: no factor is required of it' 'success not-required' \
    "$(last_event svc1 access.account)"
shape sandbox-ssh svc1 -
isnt 'service account: not by password' 0 "$status"
is 'service account: the log says why' service-account-interactive "$(why svc1)"
shape sandbox-ssh oracle1 -
isnt 'shared account: not directly' 0 "$status"
is 'shared account: the log says why' shared-account-direct "$(why oracle1)"
sandbox-sshd start 2225 'PermitRootLogin yes'
shape sandbox-ssh -p 2225 -P any root -
isnt 'root over ssh: not with a wrong password' 0 "$status"
install -m 600 /root/.ssh/user1.pub /root/.ssh/authorized_keys
shape sandbox-ssh -k -p 2225 -o IdentityFile=/root/.ssh/user1 -o LogLevel=INFO root -
is 'root over ssh by key: shared, not directly' 'out shared-account-direct' "$shape $(why root)"

# ---- the console -------------------------------------------------------------------------------

shape sandbox-login user2 next
is 'login: password, then code' 'password code in' "$shape"
is 'login: on that console' /dev/tty1 \
    "$(records --user user2 --event session.open --limit 1 | field process.tty)"
shape sandbox-login user2 "$(wrong_code user2)"
is 'login: a wrong code' 'password code out wrong-code' "$shape $(why user2)"
has 'login: says what to do' 'newest code' "$output"
shape sandbox-login -h 192.0.2.9 user2 next
is 'login from a remote host' 'password code in' "$shape"
is 'login from a remote host: recorded so' 192.0.2.9 \
    "$(records --user user2 --event authentication.code --limit 1 | field source.ip)"

# ---- su ----------------------------------------------------------------------------------------

su_service()
{
	records --user "$1" --event access.account --limit 1 | field service.name
}
shape sandbox-su user1 admin1 next
is 'su to the second account of the same person' 'password code in' "$shape"
is 'su: its service' su "$(su_service admin1)"
shape sandbox-su -l user1 admin1 next
is 'su -l' 'password code in' "$shape"
is 'su -l: its service' su-l "$(su_service admin1)"
shape sandbox-su user1 user2 next
is 'su to another person: refused' 'password code out other-person' "$shape $(why user2)"
shape sandbox-su user1 oracle1 "$(sandbox-code --next user1)"
is 'su to a shared account: out of a login that was seen to begin' \
    'password code out not-identified' "$shape $(why oracle1)"
shape sandbox-ssh -t -P "$(password_of user1)
$(password_of oracle1)" user1 "$(sandbox-code --next user1)" 'su oracle1 -c "id -un"'
is 'su to a shared account: with one'"'"'s own code of the login' 'password code password in' "$shape"
has 'su to a shared account: the record names who' '"user.effective.name":"user1"' \
    "$(records --user oracle1 --event access.account --limit 1)"
shape sandbox-su user1 oracle1 "$(wrong_code user1)"
is 'su to a shared account: not with a wrong one' 'password code out wrong-code' "$shape $(why oracle1)"
shape su user1 -c 'id -un'
is 'su by root: no question' 'in' "$shape"
is 'su by root: recorded as that' 'success root-caller' "$(last_event user1 access.account)"

# ---- sudo --------------------------------------------------------------------------------------

shape sandbox-sudo user1 next
is 'sudo' 'password code in' "$shape"
shape sandbox-sudo -i user1 next
is 'sudo -i' 'password code in' "$shape"
is 'sudo -i: its service' sudo-i "$(su_service user1)"
shape sandbox-sudo user1 "$(wrong_code user1)"
has 'sudo: a wrong code' '^password code .*out$' "$shape"
shape sandbox-sudo user2 next
isnt 'sudo: of somebody whom sudoers does not name' 0 "$status"

# Inside a login whose factor is fresh; then with a ticket of sudo, and with NOPASSWD, once it is
# stale: sudo does not authenticate then, and the account phase asks. The dialogue waits on the
# same clock.
export SANDBOX_TIMEOUT=20000
one=$(sandbox-code --next user1)
two=$(oathtool --totp --base32 -N "@$(($(date +%s) + 960))" - </run/sekisho-sandbox/secrets/user1)
shape sandbox-ssh -t user1 "$one,$two" 'sudo id -un; sudo sandbox-clock +16m; sudo id -un'
is 'ssh, sudo: the code of the login counts; 16 minutes later no more' \
    'password code password password code in' "$shape"
echo 'user1 ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/nopasswd
chmod 440 /etc/sudoers.d/nopasswd
one=$(sandbox-code --next user1)
two=$(oathtool --totp --base32 -N "@$(($(date +%s) + 960))" - </run/sekisho-sandbox/secrets/user1)
shape sandbox-ssh -t user1 "$one,$two" 'sudo id -un; sudo sandbox-clock +16m; sudo id -un'
is 'ssh, sudo NOPASSWD: the stale factor is asked for all the same' 'password code code in' "$shape"
shape sandbox-ssh user1 next 'sudo -n id -un; sudo -n sandbox-clock +16m; sudo -n id -un'
is 'ssh, sudo -n: cannot ask, so refused' 'password code out mfa-stale' "$shape $(why user1)"
has 'ssh, sudo -n: says what to do' 'too old.*again from a terminal' "$output"
is 'ssh, sudo -n: worked while it was fresh' 1 "$(grep -c '^root' <<<"$output")"
rm /etc/sudoers.d/nopasswd
unset SANDBOX_TIMEOUT

# ---- cron --------------------------------------------------------------------------------------

printf '* * * * * %s id -un >>/tmp/%s 2>&1\n' root "$(basename "$work").root" \
    user2 "$(basename "$work").user2" svc1 "$(basename "$work").svc1" >/etc/cron.d/probe
chmod 600 /etc/cron.d/probe

# round: cron begins two seconds before a minute, and runs its jobs. $output: whose.
round()
{
	rm -f /tmp/"$(basename "$work")".*
	sandbox-clock +$((118 - $(date +%-S)))s
	cron -f >/dev/null 2>&1 &
	cron=$!
	for _ in {1..50}; do
		sleep 0.1
		[ "$(cat /tmp/"$(basename "$work")".* 2>/dev/null | wc -l)" -lt "$1" ] || break
	done
	sleep 0.3
	kill $cron
	wait $cron 2>/dev/null
	output=$(cat /tmp/"$(basename "$work")".* 2>/dev/null | sort | tr '\n' ' ')
	rm -f /tmp/"$(basename "$work")".*
}
round 3
is 'cron: everybody'"'"'s jobs run' 'root svc1 user2 ' "$output"
is 'cron: nobody is asked for a factor' 'success not-required' "$(last_event user2 access.account)"
is 'cron: by its service' cron "$(su_service user2)"
sekisho user suspend user2 --reason test >/dev/null
round 2
is 'cron: not of a suspended account' 'root svc1 ' "$output"
is 'cron: refused before anything was opened' 'failure suspended' "$(last_event user2 access.account)"
sekisho user resume user2 --reason test >/dev/null
sandbox-daemon stop
round 1
is 'cron: the daemon is away, and root'"'"'s jobs run' 'root ' "$output"
sandbox-daemon start

# ---- at, and pkexec: what their account phases are told ------------------------------------------

# polkit's helper is setuid root, in a login, and asks for root or for the person; atd is root.
cp /etc/pam.d/cron /etc/pam.d/atd
printf '%s\n' 'auth include sekisho-auth' 'account include sekisho-account' >/etc/pam.d/polkit-1
install -m 4755 /usr/bin/pamtester /usr/local/bin/helper
asks()
{
	sandbox-clock +2m
	run sandbox-ssh -t user1 auto "helper polkit-1 $1 acct_mgmt"
}
asks root
is 'pkexec: with a fresh factor' 'success factor-fresh' "$(last_event root access.account)"
asks user2
isnt 'pkexec: not as another person' 0 "$status"
is 'pkexec: for that reason' other-person "$(why user2)"
run pamtester atd user1 acct_mgmt
is 'at: its jobs run' 'success not-required' "$(last_event user1 access.account)"
policy_add '[rule neither]
service = polkit-1, atd
refuse = yes'
asks root
isnt 'pkexec: a rule refuses it' 0 "$status"
is 'pkexec: which is recorded' 'failure refused-by-rule' "$(last_event root access.account)"
run pamtester atd user1 acct_mgmt
isnt 'at: a rule refuses it too' 0 "$status"
sed -i '/^\[rule neither\]/,$d' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
sekisho user suspend user1 --reason test >/dev/null
run pamtester atd user1 acct_mgmt
is 'at: not of a suspended account' '1 suspended' "$status $(why user1)"
sekisho user resume user1 --reason test >/dev/null

done_testing
