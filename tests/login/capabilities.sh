#!/bin/bash
# Capabilities of roles on real sshd, su and login: what a session with a role may have, what
# programs make of it, and what sessions without one lose.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"
short_delays

policy_add '[role web]
members = user2
approve = nobody
max_duration = 1h
capabilities = cap_net_bind_service, cap_net_raw'
run=/usr/libexec/sekisho/sekisho-run
caps='grep -E "^(Cap|NoNewPrivs)" /proc/self/status'

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

# cap NAME: that set of the last output.
cap()
{
	sed -nE "s/^$1:[[:space:]]+0*([0-9a-f]+)\$/\1/p" <<<"$output" | tail -1
}

bind='import socket; s=socket.socket(); s.bind(("127.0.0.1", 81)); print("bound")'

# ---- without a role ----------------------------------------------------------------------------

has 'the program has what its session may inherit' 'sekisho-run =ei' "$(getcap $run)"
there user2 "$caps"
is 'without a role a session inherits nothing' '0 0 0' "$(cap CapInh) $(cap CapEff) $(cap CapAmb)"
isnt 'and loses nothing that the policy does not name' '' "$(cap CapBnd)"
bounding=$(cap CapBnd)
there user2 'sekisho run -- id -un'
has 'nor starts programs with any' 'You have no role with capabilities now' "$output"
is 'which is a record' 'failure not-permitted' "$(last_event user2 capabilities.use)"
there user1 "$run -- id -un"
hasnt 'called by itself neither' '^user1$' "$output"

# ---- with one ----------------------------------------------------------------------------------

there user2 'sekisho request web --reason test; sekisho run -- id -un'
has 'in a login that began before' 'this login began before you had the role: log in again' "$output"
there user2 "$caps"
is 'over ssh the session may inherit them, and has none' '2400 0 0 0' \
    "$(cap CapInh) $(cap CapPrm) $(cap CapEff) $(cap CapAmb)"
has 'the record of the session says so' \
    '"sekisho.capabilities.given":"cap_net_bind_service,cap_net_raw"' \
    "$(records --user user2 --event session.open --limit 1)"
has 'and has the fact for it' '"sekisho.fact.roles":"web"' \
    "$(records --user user2 --event session.open --limit 1)"
there user2 "/usr/bin/python3 -c '$bind'"
has 'so a program by itself may not' 'Permission denied' "$output"
there user2 "sekisho run -- sh -c '$caps'"
is 'sekisho run: the program has exactly these' '2400 2400 2400 2400' \
    "$(cap CapInh) $(cap CapPrm) $(cap CapEff) $(cap CapAmb)"
there user2 "sekisho run -- /usr/bin/python3 -c '$bind'"
has 'and may' '^bound$' "$output"
has 'which is a record, with the grant' '"sekisho.grants":"R-1","sekisho.program":"/usr/bin/python3"' \
    "$(records --user user2 --event capabilities.use --limit 1)"
there user2 'sekisho run -- sh -c "exit 7"; echo "ended $?"; sekisho run -- /nonexistent; echo "ended $?"'
is 'the exit status is the program'"'"'s' 'ended 7 ended 127' "$(grep ^ended <<<"$output" | xargs)"
there user2 'LD_PRELOAD=/tmp/evil.so sekisho run -- env'
hasnt 'what is preloaded is not handed on' '^LD_PRELOAD' "$output"
there user1 "$run -- id -un"
hasnt 'nobody else' '^user1$' "$output"
passwords=$(password_of user2) codes=$(codes_of user2 next) shape dialogue --as user2 \
    su user2 -c "$caps"
output=$(tr -d '\r' <<<"$output")
is 'in su they are ambient' '2400 2400 2400 2400' \
    "$(cap CapInh) $(cap CapPrm) $(cap CapEff) $(cap CapAmb)"
shape sandbox-login user2 next "$caps"
output=$(tr -d '\r' <<<"$output")
is 'and at a console' '2400 2400 2400 2400' \
    "$(cap CapInh) $(cap CapPrm) $(cap CapEff) $(cap CapAmb)"
sekisho end R-1 >/dev/null
there user2 "$caps"
is 'the role is over: nothing' '0 0' "$(cap CapInh) $(cap CapAmb)"

# ---- setuid programs, and over in the middle ---------------------------------------------------

there user2 "sekisho request web --reason test"
there user2 'sekisho run -- id -un; sekisho end R-2 >/dev/null; sekisho run -- id -un'
is 'taken back: not one more program' 1 "$(grep -c '^user2$' <<<"$output")"
cp /usr/bin/id /tmp/suid.$$ && chmod 4755 /tmp/suid.$$
there user2 "/tmp/suid.$$ -un; $run -- /tmp/suid.$$ -un"
is 'a setuid program runs as ever, and not by this way' root "$(grep -x root <<<"$output" | xargs)"
rm /tmp/suid.$$

# ---- without a role, less ----------------------------------------------------------------------

policy_add '[session]
drop_capabilities = cap_sys_ptrace, cap_net_raw'
there user1 "$caps; sudo $caps"
is 'capabilities that are taken away cannot come back' "$(printf '%x' $((0x$bounding & ~0x82000)))" \
    "$(cap CapBnd)"
has 'the record says which' '"sekisho.capabilities.dropped":"cap_net_raw,cap_sys_ptrace"' \
    "$(records --user user1 --event session.open | grep sshd | tail -1)"
there user2 "sekisho request web --reason test"
there user2 "$caps"
is 'who has a role keeps them' "$bounding" "$(cap CapBnd)"
shape sandbox-login user1 next "$caps"
output=$(tr -d '\r' <<<"$output")
is 'at a console too' "$(printf '%x' $((0x$bounding & ~0x82000)))" "$(cap CapBnd)"
sed -i 's/^drop_capabilities = .*/no_new_privs = yes/' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null
there user1 "$caps; sudo id -un"
is 'no new privileges' 1 "$(cap NoNewPrivs)"
has 'sudo then cannot' 'no new privileges' "$output"
there user2 "sekisho run -- /usr/bin/python3 -c '$bind'"
has 'who has a role can' '^bound$' "$output"

run "$SANDBOX_BUILD/tests/redecide" /var/lib/sekisho
is 'all of it decided again comes to the same' 0 "$status"

done_testing
