#!/bin/bash
# What the kernel's audit is told: each policy, lock and suspension once, with the type that
# ausearch looks for, and no login, which libpam reports itself. Seen where it leaves the warden,
# because only one auditd can listen to a kernel. Without audit nothing is missing but that.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

# watch OPTION...: strace on the warden and its children, until unwatch.
watch()
{
	strace -f -q -p "$(pgrep -x sekisho-warden)" -e trace=sendto,socket "$@" -s 700 \
	    -o "$work/trace" &
	tracer=$!
	eventually 5 grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$(pgrep -x sekisho-warden)/status"
}

unwatch()
{
	kill $tracer && wait $tracer 2>/dev/null
}

told()
{
	[ "$(sekisho status --json | sed -nE 's/.*"kernel_audit":\{[^}]*"told":([0-9]+).*/\1/p')" -ge "$1" ]
}

# The messages to the kernel's audit, one a line: "TYPE text".
messages()
{
	/usr/bin/python3 -c '
import re, sys
for line in open(sys.argv[1]):
    m = re.search(r"nlmsg_type=(0x[0-9a-f]+|[A-Z_]+).*?\}, \"(.*?)\"", line)
    if m:
        text = m.group(2).encode().decode("unicode_escape")
        print(int(m.group(1), 16) if m.group(1)[:2] == "0x" else m.group(1), text.rstrip("\0"))' "$work/trace"
}

# sent TYPE TEXT...: how many messages of it have all of TEXT.
sent()
{
	count "^$1 " "${@:2}" <<<"$output"
}

as_user2()
{
	setpriv --reuid user2 --regid user2 --init-groups -- sekisho "$@" >/dev/null
}

watch
printf '\n[lockout]\ndeny = 3\n' >>/etc/sekisho/policy.conf
sekisho policy apply >/dev/null
login_next user1 10.8.0.1 || fail 'user1 logs in' "$output"
for i in 1 2 3 4 5; do
	login "user=user2 rhost=10.8.0.9 password=guess"
done
sekisho user unlock user2 >/dev/null
sekisho user suspend user2 >/dev/null
sekisho user resume user2 >/dev/null
as_user2 report incident
as_user2 report not-me
run eventually 8 told 6
is 'six events are told' 0 "$status"
unwatch
output=$(messages)
usys_config=1111 lock_timed=2205 unlock_timed=2206 acct_lock=1135 acct_unlock=1136
is 'a policy' 1 "$(sent $usys_config 'op=sekisho:policy.apply' 'res=success')"
is 'a lock, with account and address' 1 \
    "$(sent $lock_timed 'acct="user2"' 'addr=10.8.0.9' 'res=success')"
is 'its end' 1 "$(sent $unlock_timed 'acct="user2"' 'by="root"')"
is 'a suspension' 1 "$(sent $acct_lock 'op=sekisho:user.suspend' 'acct="user2"')"
is 'its end' 1 "$(sent $acct_unlock 'op=sekisho:user.resume')"
is 'a report that suspends' 1 "$(sent $acct_lock 'op=sekisho:user.report' 'by="user2"')"
is 'and nothing else: no login, no other report' 6 "$(count . <<<"$output")"
has 'status says so' '^Kernel audit: +is told; told: 6, lost: 0$' "$(sekisho status)"

# No audit in this kernel.
watch -e inject=socket:error=EPROTONOSUPPORT
sekisho user unlock user2 >/dev/null
absent()
{
	[[ $(sekisho status) == *'Kernel audit:'*'not on this host'* ]]
}
run eventually 8 absent
is 'without audit: status says so' 0 "$status"
has 'and counts' 'told: 6, lost: 1$' "$(sekisho status)"
login_next user1 10.8.0.1
is 'without audit: logins as ever' 1 "$(let_in)"
hasnt 'and no error' "audit was not told" "$(cat /var/log/syslog-capture)"
unwatch

done_testing
