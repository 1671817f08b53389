#!/bin/bash
# The first day under the shipped policy: nobody is locked out, what is refused says a next step
# that works there, and the key that everything is sealed with cannot go missing unnoticed.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
export LANG=C.UTF-8

as()
{
	local user=$1

	shift
	setpriv --reuid "$user" --regid "$user" --init-groups --reset-env -- env LANG=C.UTF-8 "$@"
}

# fresh: as after an installation, with no device, no rule and the shipped policy.
fresh()
{
	sandbox-daemon stop
	rm -rf /var/lib/sekisho/* /run/sekisho/generation /etc/sekisho/break-glass
	rm -f /etc/sekisho/policy.d/*.conf
	install -m 644 "$SANDBOX_TREE/conf/policy.conf" /etc/sekisho/policy.conf
	sandbox-daemon start
}

# enrol USER: by root, with the code that the JSON's URI gives.
enrol()
{
	local uri code work

	work=$(mktemp -d)
	mkfifo "$work/in"
	sekisho enroll "$1" --accept --json --name phone <"$work/in" >"$work/out" 2>/dev/null &
	exec 9>"$work/in"
	eventually 10 grep -q uri "$work/out"
	uri=$(sed -nE 's/.*"uri":"([^"]*)".*/\1/p' "$work/out")
	sed -E 's/.*[?&]secret=([^&]*).*/\1/' <<<"$uri" >"/run/sekisho-sandbox/secrets/$1"
	code=$(sandbox-code "$1")
	echo "$code" >&9
	exec 9>&-
	wait $!
	rm -rf "$work"
}

# ---- nobody is locked out -----------------------------------------------------------------------

fresh
run sandbox-ssh user2 -
is 'ssh with the password alone works as before' 0 "$status"
run sandbox-ssh -k user2 -
is 'and with a key' 0 "$status"
run sandbox-login user2 -
is 'and the console' 0 "$status"
run sandbox-login user1 - 'sudo -k; echo Gate+user1-1601! | sudo -S touch /root/console'
is 'sudo at the console needs no code' 0 "$status"
is 'and did it' yes "$([ -e /root/console ] && echo yes)"

# ---- administration from elsewhere needs a second factor, and says how to get one ----------------

run sandbox-ssh -t user1 - 'sudo id -un'
isnt 'sudo in an ssh login without a device' 0 "$status"
has 'is told who enrols' 'administrator to run .sekisho enroll user1. as root' "$output"
has 'and where, if that is they themselves' 'root shell that is still open, or with sudo at the console' "$output"
run sandbox-ssh user1 - 'sekisho enroll'
is 'enrolment is closed' 1 "$status"
has 'with the same next step' 'sekisho enroll user1. as root' "$output"
hasnt 'before a password is asked for' 'Password of' "$output"
run sekisho explain user1 --service sudo --from 192.0.2.1
has 'explain says the same' '^Reason: .*no-device' "$output"
run sekisho explain user1 --service sudo
has 'and that the console is open' '^Decision: +allowed; no code' "$output"
groupadd -f sudo && usermod -aG sudo user2
run sekisho check --full
has 'check names who may use sudo and has no device' 'without a device: .*user2' "$output"
gpasswd -d user2 sudo >/dev/null

enrol user1
run sekisho factor list user1
has 'root enrolled them' '^phone +active' "$output"
run sandbox-ssh -t user1 next 'sudo id -un'
is 'sudo with a code' 0 "$status"
has 'is root' '^root' "$output"
run sandbox-ssh user2 -
is 'everybody else as before' 0 "$status"

# ---- while enrolment is open ---------------------------------------------------------------------

fresh
sed -i 's/^#enrol = closed/enrol = open/' /etc/sekisho/policy.conf
run sekisho policy apply
is 'opened' 0 "$status"
run sandbox-ssh -t user1 - 'sudo id -un'
has 'who is logged in enrols there and then' 'Run .sekisho enroll. in this login' "$output"

# ---- a console whose rule asks for what nobody has yet ---------------------------------------------

printf '[rule console]\nclass = person\nservice = login\nrequire = mfa\n' >/etc/sekisho/policy.d/rule.conf
run sekisho policy apply
run sandbox-login user2 -
is 'a console that demands a device' 1 "$status"
code=$(sekisho break-glass make --count 2 | grep -oE 'BG(-[0-9A-Z]{5}){4}$' | head -n 1)
run sandbox-login user2 "$code"
is 'a break-glass code lets in all the same' 0 "$status"
has 'after the reason' 'none is enrolled for you' "$output"
run sandbox-login user2 "$code"
is 'once' 1 "$status"
eventually 5 sh -c 'sekisho log --event authentication.break-glass | grep -q success'
has 'it is a record' 'success/' "$(sekisho log --event authentication.break-glass)"

# ---- the key -------------------------------------------------------------------------------------

sandbox-daemon stop
mv /etc/sekisho/key /root/key
run timeout 10 /usr/sbin/sekisho-policyd
is 'without its key it does not start' 78 "$status"
has 'and says what to do' 'Put the key back from its backup' "$output"
is 'nor makes another' no "$([ -e /etc/sekisho/key ] && echo yes || echo no)"
(umask 077 && head -c 32 /dev/urandom >/etc/sekisho/key)
run timeout 10 /usr/sbin/sekisho-policyd
is 'with another key it does not start either' 78 "$status"
has 'and says so' 'is another key' "$output"
mv /root/key /etc/sekisho/key
sandbox-daemon start
run sekisho status
isnt 'with its own it does' 3 "$status"

done_testing
