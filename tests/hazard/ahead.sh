#!/bin/bash
# Account management that is decided along with the code: only that question is answered by it, from
# that peer, and only while nothing else happened; what was decided and not asked for is in the log.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

frames="/usr/bin/python3 $assert_lib/frames.py"
source=10.9.0.1 CODE=4 ACCOUNT=5

# ask SERVICE [--run CMD] [--then WORDS...]: a code and what comes behind it, on one connection.
ask()
{
	local service=$1

	shift
	sandbox-clock +30s
	run $frames line /run/sekisho/pam.sock phase=$CODE service="$service" flags=1 \
	    code="$(sandbox-code user1)" "$@"
}
# The accounts and what was said of them since $since, with who it was decided for.
accounts() { log_since "$since" | count '"event.action":"access.account"' "$@"; }
unasked() { log_since "$since" | count '"event.action":"account.unasked"' "$@"; }

# ---- logins as they come --------------------------------------------------------------------------

since=$(log_size)
for i in 1 2 3; do
	login_next user1 $source
	is "login $i gets in" 1 "$(let_in)"
done
is 'each has its account management in the log' 3 "$(accounts)"
is 'the first one is asked for, and learnt from; then it is decided along with the code' 2 \
    "$(accounts '"sekisho.ahead":true')"
is 'all of them were asked for' 0 "$(unasked)"

# ---- the module, and what comes between its two phases --------------------------------------------

# between CMD: a login with that between the code and account management.
between()
{
	printf '#!/bin/bash\n%s\n' "$1" >"$work/between"
	chmod 755 "$work/between"
	since=$(log_size)
	login_next user1 $source between="$work/between"
}

between 'sandbox-clock +8s'
is 'the host slept for eight seconds: asked, and decided anew' '1 2 1' "$(let_in) $(accounts) $(unasked)"
between 'chage -E 20000 user1'
is 'the account has ended meanwhile: refused, for that' '0 1' \
    "$(let_in) $(log_since "$since" | count '"event.action":"access.account"' '"event.reason":"account-ended"')"
chage -E -1 user1
between 'sekisho user suspend user1 --reason test >/dev/null'
is 'suspended meanwhile: refused' 0 "$(let_in)"
sekisho user resume user1 >/dev/null

# ---- only that question ---------------------------------------------------------------------------

as_expected=(--then phase=$ACCOUNT)
ask sshd "${as_expected[@]}"
ask sshd "${as_expected[@]}"
since=$(log_size)
ask sshd "${as_expected[@]}"
is 'a question as expected is answered' 'verdict=2 verdict=2' "$(grep -o 'verdict=.' <<<"$output" | xargs)"
is 'with the record that was written along with the code' \
    "$(sed -n '2s/.*record=//p' <<<"$output")" \
    "$(log_since "$since" | sed -n 's/^\([0-9]*\) .*"sekisho.ahead":true.*/\1/p')"
since=$(log_size)
ask sshd --taken
has 'the answer to the code says that it is allowed already, and how long' 'then_ms=[1-9]' "$output"
is 'no longer than the connection stays for it, even if the daemon is held up' yes \
    "$([ "$(sed -n 's/.*then_ms=//p' <<<"$output")" -le 1000 ] && echo yes)"
is 'and use can be made of it without asking' 1 "$(grep -cx taken <<<"$output")"
sleep 1.3 # longer than a connection stays for the next question
is 'which is what is in the log: nobody overtook it, and it was not left' '1 0' "$(accounts) $(unasked)"
ask sshd --taken --then phase=$ACCOUNT
is 'made use of, it is gone: what is asked then is decided anew' 'verdict=2 verdict=2' \
    "$(grep -o 'verdict=.' <<<"$output" | xargs)"
ask sshd --run 'sekisho user suspend user1 --reason test' --taken "${as_expected[@]}"
is 'suspended in between: no use can be made of it, and it is refused' 'verdict=2 not taken verdict=1' \
    "$(grep -o 'verdict=.\|^.*taken' <<<"$output" | xargs)"
sekisho user resume user1 >/dev/null
rounds=${ROUNDS:-$(full 20 300)}
run $frames race /run/sekisho/pam.sock "$rounds"
figure 'suspended at about the same time' "$output"
has 'each suspension was first or was not' 'made=[1-9][0-9]* too-late=[1-9]' "$output"
has 'no use is made of what was decided before it, once somebody was told of it' 'behind-the-news=0' "$output"
since=$(log_size)
ask sshd --then phase=$ACCOUNT tty=ttx
is 'another one is decided by itself' 'verdict=2 verdict=2' "$(grep -o 'verdict=.' <<<"$output" | xargs)"
is 'so there are two records' 2 "$(accounts)"
is 'and one that says so' 1 "$(unasked '"event.reason":"overtaken"' '"user.name":"user1"')"

since=$(log_size)
ask sshd --run 'sekisho user suspend user1 --reason test' "${as_expected[@]}"
is 'suspended in between: refused' 'verdict=2 verdict=1' "$(grep -o 'verdict=.' <<<"$output" | xargs)"
is 'and the log says that the first decision was overtaken' 1 "$(unasked '"event.reason":"overtaken"')"
is 'which names its record' 1 \
    "$(unasked "\"sekisho.request.record\":$(log_since "$since" |
	sed -n 's/^\([0-9]*\) .*"sekisho.ahead":true.*/\1/p')")"
sekisho user resume user1 >/dev/null

since=$(log_size)
ask sshd
eventually 5 eval '[ "$(unasked "\"event.reason\":\"unasked\"")" = 1 ]'
is 'hung up behind the code: the log says that nobody asked' 1 "$(unasked '"event.reason":"unasked"')"

# ---- a service that does not ask ------------------------------------------------------------------

ask login "${as_expected[@]}"
since=$(log_size)
for i in 1 2 3 4 5; do
	ask login
	eventually 5 eval '[ "$(unasked)" -ge $((i < 3 ? i : 3)) ]' # the daemon has heard the end of it
done
is 'one that does not ask is decided ahead three times on end, and then no more' 3 "$(unasked)"
ask login "${as_expected[@]}"
is 'and is still answered' 'verdict=2 verdict=2' "$(grep -o 'verdict=.' <<<"$output" | xargs)"
since=$(log_size)
for i in 2 3 4 5 6 7 8 9; do
	ask login "${as_expected[@]}"
done
is 'nobody has switched it off for good: asked eight times on end, the next one is decided ahead' 1 \
    "$(accounts '"sekisho.ahead":true')"

# ---- time that passes in between ------------------------------------------------------------------

# "night" begins in ten minutes; a host that sleeps for twelve wakes up in it.
at() { date -d "@$(($(date +%s) + $1))" +%H:%M; }
printf '[rule night]\nservice = sshd\ntime = %s-%s\nrefuse = yes\n' "$(at 600)" "$(at 7200)" \
    >/etc/sekisho/policy.d/night.conf
sekisho policy apply >/dev/null
ask sshd "${as_expected[@]}"
since=$(log_size)
ask sshd --run 'sandbox-clock +12m' "${as_expected[@]}"
is 'slept through the beginning of a refusal: it is refused' 'verdict=2 verdict=1' \
    "$(grep -o 'verdict=.' <<<"$output" | xargs)"
is 'the first decision was overtaken' 1 "$(unasked '"event.reason":"overtaken"')"
rm /etc/sekisho/policy.d/night.conf
sekisho policy apply >/dev/null

# ---- the daemon ends in between -------------------------------------------------------------------

since=$(log_size)
ask sshd --run 'sandbox-daemon restart' --then phase=$ACCOUNT
is 'a daemon that ends says what nobody asked for any more' 1 "$(unasked '"event.reason":"unasked"')"
is 'before it says that it stops' 'account.unasked daemon.stop' "$(log_since "$since" |
	grep -o '"event.action":"\(account.unasked\|daemon.stop\)"' | cut -d'"' -f4 | xargs)"

# ---- a policy in between --------------------------------------------------------------------------

login_next user1 $source
printf '[rule closed]\nservice = sshd\nrefuse = yes\n' >/etc/sekisho/policy.d/closed.conf
since=$(log_size)
ask sshd --run 'sekisho policy apply' "${as_expected[@]}"
is 'a new policy in between is what counts' 'verdict=2 verdict=1' "$(grep -o 'verdict=.' <<<"$output" | xargs)"
rm /etc/sekisho/policy.d/closed.conf
sekisho policy apply >/dev/null

# ---- the clock is set in between ------------------------------------------------------------------

ask sshd "${as_expected[@]}"
ask sshd "${as_expected[@]}"
since=$(log_size)
ask sshd --run 'sandbox-clock jump -1h' "${as_expected[@]}"
is 'a clock that was set in between: decided anew' 1 "$(unasked '"event.reason":"overtaken"')"
is 'with a record of its own' 2 "$(accounts)"
sandbox-clock +61m # codes of steps that nobody has used
login_next user1 $source
between 'sandbox-clock jump -1h'
is 'nor does the module go by it' '1 2 1' "$(let_in) $(accounts) $(unasked)"
redecide_all
done_testing
