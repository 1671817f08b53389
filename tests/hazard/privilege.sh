#!/bin/bash
# What the running programs could still do if somebody took them over: the daemon and the worker
# nothing of root and only the calls they need, the warden two capabilities. The C tests try the
# ways back; this looks at the programs that really run, and ends a helper under the daemon.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

own=$(id -u sekisho)
power='0000000000000000'
few='0000000020000020' # CAP_KILL, CAP_AUDIT_WRITE
reads='0000000020000024' # and CAP_DAC_READ_SEARCH, for the one child that looks at files

# By the name that the kernel keeps, which has 15 characters.
pids_of()
{
	pgrep -x "${1:0:15}"
}

pid_of()
{
	pids_of "$1" | head -n 1
}

# line PROGRAM KEY: of its /proc/PID/status, blanks made one.
line()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$(pid_of "$1")/status" |
	    tr -s '[:space:]' ' ' | sed 's/ $//'
}

# The worker confines itself before the first request, the others before they serve.
run sekisho log --limit 1
is 'the worker answers' 0 "$status"
run sekisho password check <<<x
is 'the judge answers' 1 "$status"

output=
for program in sekisho-policyd sekisho-worker sekisho-judge; do
	is "$program: its own user for good" "$own $own $own $own" "$(line $program Uid)"
	is "$program: no other groups" '' "$(line $program Groups)"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		is "$program: $set" "$power" "$(line $program $set)"
	done
	is "$program: system calls are limited" 2 "$(line $program Seccomp)"
	is "$program: no new privileges" 1 "$(line $program NoNewPrivs)"
done
is 'sekisho-warden: root' '0 0 0 0' "$(line sekisho-warden Uid)"
is 'sekisho-warden: CapEff' "$few" "$(line sekisho-warden CapEff)"
for set in CapPrm CapBnd; do
	is "sekisho-warden: $set" "$reads" "$(line sekisho-warden $set)"
done
is 'sekisho-warden: system calls are limited' 2 "$(line sekisho-warden Seccomp)"
is 'sekisho-warden: no new privileges' 1 "$(line sekisho-warden NoNewPrivs)"
for program in sekisho-policyd sekisho-worker sekisho-judge sekisho-warden; do
	is "$program: no core file" '0 0' "$(awk '/^Max core file size/ { print $5, $6 }' \
	    "/proc/$(pid_of $program)/limits")"
done

# Its memory belongs to root alone: not dumpable, so another process of its user sees nothing.
daemon=$(sandbox-daemon pid)
run setpriv --reuid sekisho --regid sekisho --clear-groups -- cat "/proc/$daemon/environ"
isnt 'another process of its user cannot read its memory' 0 "$status"

# ---- a helper that ends takes the daemon with it, and all of it comes back ---------------------

replaced()
{
	local now

	now=$(sandbox-daemon pid) && [ -n "$now" ] && [ "$now" != "$before" ] &&
	    sandbox-daemon wait
}

for program in sekisho-warden:auto sekisho-worker:next sekisho-judge:next; do
	name=${program%:*}
	before=$(sandbox-daemon pid)
	kill -KILL "$(pid_of "$name")"
	run eventually 20 replaced
	is "$name killed: the daemon starts over" 0 "$status"
	is "$name killed: one of each runs" '1 1 1 1' \
	    "$(for n in sekisho-policyd sekisho-warden sekisho-worker sekisho-judge; do pids_of $n | wc -l; done |
		paste -sd ' ')"
	run sandbox-ssh user1 "${program#*:}" true
	is "$name killed: logins go on" 0 "$status"
done

done_testing
