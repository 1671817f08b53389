#!/bin/bash
# From the distribution's own stack to a login with a code, and back: sekisho setup shows, changes,
# waits for its confirmation and is undone. Who may confirm, and what happens when nobody does.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter --plain -- "$@"
export LANG=C.UTF-8
. "$SANDBOX_TREE/tests/lib/setup-host.sh"

host_files
host_install || fail 'installed'
services_enrol || fail 'enrolled'

# Everything that setup may touch, with modes, owners and times.
state()
{
	find /etc/pam.d /etc/sudo.conf /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/sekisho/policy.d \
	    /etc/sekisho/auditor.vkey -type f ! -name '*sekisho-conflict*' \
	    -exec stat -c '%n %a %u %g %y' {} + -exec sha256sum {} + 2>/dev/null | sort
}
as_before() { [ ! -e $setup/pending ] && [ "$(state)" = "$before" ]; }
log_of() { sekisho log --json --event "$1" --limit "${2:-1}"; }
has_record() { log_of "$1" 5 | grep -q "$2"; }
plain_login()
{
	SANDBOX_TIMEOUT=10 sandbox-ssh -o PreferredAuthentications=password user2 - >$run/plain 2>&1
	[ "$(tail -n 1 $run/plain | tr -d '\r')" = user2 ]
}

role='[role early]\nmembers = user1\napprove = 1 from admin1\nrun_as = root\nroot_equivalent = no\n'
printf "$role"'commands = /usr/bin/uptime\n' >/etc/sekisho/policy.d/60-early.conf
before=$(state)
run plain_login
is 'before it a password is enough' 0 "$status"

# ---- shown before it is made ---------------------------------------------------------------------

run sekisho setup --rehearse --profile everybody
is 'a rehearsal' 0 "$status"
has 'shows the lines of sshd' '^\+auth.*pam_sekisho.so preauth' "$output"
has 'and those that go' '^-@include common-auth' "$output"
has 'the file of sshd' '^\+KbdInteractiveAuthentication yes' "$output"
has 'a file that is new' '^--- /dev/null' "$output"
has 'what sshd does now' '^kbdinteractiveauthentication no' "$output"
has 'what the profile means' 'Who has no device is refused' "$output"
has 'the lines of the plugins of sudo' '^\+Plugin sekisho_audit sekisho_sudo.so' "$output"
has 'what its roles may run with sudo' '^\+%:sekisho-early ALL = \(root\) TIMEOUT=[0-9]+s /usr/bin/uptime' "$output"
hasnt 'no account has keys and no password: none is named' 'look like service accounts' "$output"
is 'and changes nothing' "$before" "$(state)"
usermod -L svc1
run sekisho setup --rehearse --profile everybody
has 'an account with keys and without a password is named' '^  svc1 \(keys in /home/svc1/.ssh/authorized_keys, no password\):$' "$output"
has 'with the lines for the policy' '^    \[account svc1\]$' "$output"
has 'both of them' '^    class = service$' "$output"
hasnt 'and nobody else' '^  (user1|user2|admin1) \(' "$output"
hasnt 'nothing is decided for it' '^\+.*svc1' "$output"
run sekisho setup --rehearse
hasnt 'rules that refuse no key name nobody' 'look like service accounts' "$output"
printf '[account svc1]\nclass = service\n' >/etc/sekisho/policy.d/20-jobs.conf
run sekisho setup --rehearse --profile everybody
hasnt 'one that the policy classes is not named' 'look like service accounts' "$output"
rm /etc/sekisho/policy.d/20-jobs.conf
usermod -U svc1
is 'and changes nothing' "$before" "$(state)"
is 'beside sudo either' '' "$(ls /etc/sudoers.d | grep sekisho)"
printf "$role"'commands = /usr/bin/up\001time\n' >/etc/sekisho/policy.d/60-early.conf
run sekisho setup --yes --profile everybody
is 'roles that are not in order' 1 "$status"
printf "$role"'commands = /usr/bin/uptime\n' >/etc/sekisho/policy.d/60-early.conf
before=$(state)
run sekisho setup --yes --service nosuch
is 'an unknown service' 1 "$status"
is 'changes nothing either' "$before" "$(state)"
run bash -c 'echo no | sekisho setup'
is 'without a yes' 1 "$status"
is 'nothing happens' "$before" "$(state)"

# ---- nobody confirms it --------------------------------------------------------------------------

run sekisho setup --yes --within 2s --service sshd
is 'setup for two seconds' 0 "$status"
has 'makes an emergency card' 'BREAK-GLASS CARD' "$output"
sandbox-daemon stop
run eventually 15 as_before
is 'all comes back, with the daemon gone' 0 "$status"
run eventually 10 plain_login # sshd reads its settings again
is 'and people get in' 0 "$status"
sandbox-daemon start
eventually 5 has_record change.taken-back deadline
has 'which is recorded later' '"sekisho.change":1' "$(log_of change.taken-back)"

# ---- made ------------------------------------------------------------------------------------------

run sekisho setup --yes --profile everybody
is 'setup' 0 "$status"
has 'with what its roles may run' 'sekisho-early' "$(cat /etc/sudoers.d/sekisho)"
has 'says what sshd does then' '^kbdinteractiveauthentication yes' "$output"
has 'prints the verifier key' '^  [^ ]+\+[0-9a-f]{8}\+' "$output"
has 'where the emergency card is' 'emergency card that was made earlier holds: 10' "$output"
has 'and what is to be done next' 'sekisho setup --confirm' "$output"
is 'the mode of a file stays' 640 "$(stat -c %a /etc/pam.d/su)"
is 'something is pending' yes "$([ -e $setup/pending ] && echo yes)"
run sekisho setup --yes --service login
is 'a second change has to wait' 1 "$status"
has 'and says so' 'waits for its confirmation' "$output"

run sandbox-ssh user2 -
is 'without a code nobody gets in' 255 "$status"
run sandbox-ssh user2 auto
is 'with one they do' 0 "$status"

# ---- who confirms -----------------------------------------------------------------------------------

run sekisho setup --confirm
is 'root without a login cannot confirm' 1 "$status"
has 'is told how' 'log in anew' "$output"
run sandbox-ssh -t user1 auto 'sudo sekisho setup --confirm'
is 'a stranger cannot' 1 "$status"
has 'is told who can' 'person who made the change' "$output"
run sandbox-ssh admin1 auto 'sudo -n sekisho setup --confirm'
is 'what runs without a terminal cannot' 1 "$status"
has 'is told so' 'terminal' "$output"
run as_before
is 'so it still waits' 1 "$status"
run sandbox-ssh -t admin1 next 'sudo sekisho setup --confirm'
is 'an administrator in a new login does' 0 "$status"
has 'is told so' 'Confirmed' "$output"
is 'nothing is pending' no "$([ -e $setup/pending ] && echo yes || echo no)"
has 'it is a record' '"event.outcome":"success"' "$(log_of change.confirm)"
for reason in not-identified not-permitted not-interactive; do
	has "and so is each refusal: $reason" "\"event.reason\":\"$reason\"" "$(log_of change.confirm 5)"
done
run $rollback --boot
run sandbox-ssh user2 next
is 'a reboot takes nothing back any more' 0 "$status"

# ---- undone -------------------------------------------------------------------------------------------

run sekisho setup --undo --yes
is 'undone' 0 "$status"
is 'every file is what it was' "$before" "$(state)"
run eventually 10 plain_login
is 'and a password is enough again' 0 "$status"
has 'it is a record' '"event.reason":"asked"' "$(log_of change.taken-back)"
run sekisho setup --undo --yes
is 'there is nothing more to undo' 1 "$status"

# ---- a reboot ---------------------------------------------------------------------------------------

sekisho setup --yes --service sshd >/dev/null
chmod 0 /usr/bin/su /usr/bin/sudo
mv /lib/x86_64-linux-gnu/security/pam_sekisho.so /root/ 2>/dev/null || fail 'the module is there'
run $rollback --boot
is 'the program of the boot, with PAM, su and sudo broken' 0 "$status"
has 'says what it did' 'taken back: [0-9]+ files as before' "$output"
is 'all is as before' "$before" "$(state)"
run eventually 10 plain_login
[ "$status" = 0 ] || cat $run/plain /var/log/sshd-2222.log | tail -n 20
is 'people get in' 0 "$status"
mv /root/pam_sekisho.so /lib/x86_64-linux-gnu/security/
chmod 4755 /usr/bin/su /usr/bin/sudo

# ---- the simulated clock: the same program, linked so that it sees it -------------------------------------

install -m 755 "$SANDBOX_BUILD/tests/sekisho-rollback" $rollback
sekisho setup --yes --service sshd >/dev/null
run $rollback --timer
is 'before its time nothing is taken back' 0 "$status"
run as_before
is 'nothing' 1 "$status"
sandbox-clock +660
run eventually 10 as_before
is 'after it all is' 0 "$status"
install -m 755 "$SANDBOX_BUILD/sekisho-rollback" $rollback

# ---- a package changed a file meanwhile ------------------------------------------------------------------

sekisho setup --yes --service su >/dev/null
echo '# by a package' >>/etc/pam.d/su
run $rollback --now
is 'taken back by hand' 0 "$status"
has 'it says what it kept' 'kept as /etc/pam.d/su.sekisho-conflict' "$output"
is 'the file is what it was' "$before" "$(state)"
has 'and the other version is beside it' 'by a package' "$(</etc/pam.d/su.sekisho-conflict)"
eventually 5 has_record change.conflict su.sekisho-conflict
has 'which is a record' '"file.path":"/etc/pam.d/su"' "$(log_of change.conflict)"
eventually 5 has_record alert.raise change-taken-back
has 'and an alert' 'change-taken-back' "$(log_of alert.raise 5)"

# ---- killed on the way ---------------------------------------------------------------------------------------

steps='3 9 14'
[ -z "${TORTURE-}" ] || steps=$(seq 1 40)
for step in $steps; do
	strace -qq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when="$step" \
	    sekisho setup --yes --service sshd >/dev/null 2>&1
	died=$?
	# All of it applied: it waits for its confirmation, whoever is gone.
	{ [ $died -ne 0 ] && ! grep -qs 'state applied' $setup/pending; } || $rollback --now 2>/dev/null
	run eventually 15 as_before
	is "killed at its fsync $step: all is as before" 0 "$status"
done

# ---- a policy ----------------------------------------------------------------------------------------

sekisho setup --yes --service sshd >/dev/null
run sandbox-ssh -t admin1 next 'sudo sekisho setup --confirm'
has 'confirmed' 'Confirmed' "$output"
digest() { sekisho policy history --json | sed -nE 's/.*"digest":"([0-9a-f]{12})[^}]*"active":true.*/\1/p'; }
first=$(digest)
sandbox-ssh -t admin1 next "touch /home/admin1/in; until [ -e $run/go ]; do sleep 0.1; done; sudo -n sekisho policy confirm" >$run/old 2>&1 &
old=$!
# Its code comes from the next step, which takes thirty seconds off this.
eventually 60 test -e /home/admin1/in || fail 'a login before the change'
printf '[rule nobody]\nclass = person\nrefuse = yes\n' >/etc/sekisho/policy.d/50-nobody.conf
printf '[role web]\nmembers = user1\napprove = 1 from admin1\nrun_as = root\nroot_equivalent = no\ncommands = /usr/bin/true\n' >/etc/sekisho/policy.d/60-role.conf
run sekisho policy apply
has 'a policy is in force for a time' 'is in force until [0-9:]+\.' "$output"
has 'which the status says' 'is taken back at' "$(sekisho status)"
touch $run/go
wait $old
has 'a login from before it cannot confirm' 'older than the change' "$(<$run/old)"
has 'which is a record' '"event.reason":"opened-before"' "$(log_of change.confirm)"
has 'with what its roles may run' 'sekisho-web .*/usr/bin/true' "$(</etc/sudoers.d/sekisho)"
run sandbox-ssh -t admin1 next 'sudo sekisho policy confirm; true'
has 'and confirmed in a new login' 'Confirmed' "$output"
isnt 'it stays' "$first" "$(digest)"
rm /etc/sekisho/policy.d/50-nobody.conf
sed -i 's/true/false/' /etc/sekisho/policy.d/60-role.conf
install -m 755 "$SANDBOX_BUILD/tests/sekisho-rollback" $rollback
second=$(digest)
sekisho policy apply >/dev/null
third=$(digest)
isnt 'another one is in force' "$second" "$third"
sandbox-clock +660
back() { [ "$(digest)" = "$second" ]; }
eventually 10 back
is 'nobody confirmed it, the one before is back' "$second" "$(digest)"
eventually 10 grep -q /usr/bin/true /etc/sudoers.d/sekisho
has 'and what its roles may run' '/usr/bin/true' "$(</etc/sudoers.d/sekisho)"
eventually 5 has_record change.taken-back deadline
has 'which is a record' '"event.reason":"deadline"' "$(log_of change.taken-back)"
run sekisho setup --undo --yes
has 'what is undone is the setup, not the policy' '/etc/pam.d/sshd' "$output"
sekisho policy apply --within none >/dev/null

done_testing
