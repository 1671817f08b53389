#!/bin/bash
# deny = 5 and many parallel guesses from one source: exactly five are evaluated; the owner gets
# in from where they got in before; waiting holds nothing; other logins refund nothing.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
short_delays

rounds=${ROUNDS:-$(full 1 50)} guesses=${GUESSES:-200} deny=5
home=10.2.0.1 # where user2, the victim, logs in from

# guesses_of KIND SOURCE: the jobs.
guesses_of()
{
	local kind=$1 source=$2 code i

	code=$(wrong_code user2)
	for ((i = 0; i < guesses; i++)); do
		if [ $kind = password ] || { [ $kind = mixed ] && [ $((i % 2)) = 0 ]; }; then
			echo "user=user2 rhost=$source code=$code password=guess-$i"
		else
			job user2 $source $code
		fi
	done
}

unlock()
{
	if [ $((n % 2)) = 0 ]; then
		sandbox-clock +31m # by time
	else
		sandbox-clock +16m # the window is over, the sources drain
		sekisho user unlock user2 >/dev/null
	fi
}

# What pam_unix itself says that it was asked to judge.
pam_unix_failures()
{
	grep -c 'pam_unix(sshd:auth): authentication failure;.*user=user2' /var/log/syslog-capture
}

# round KIND: all meet at the prompt that matters; adds to the sums.
round()
{
	local kind=$1 since before meet=password

	[ $kind != code ] || meet=code
	since=$(log_size)
	before=$(pam_unix_failures)
	load -b $meet < <(guesses_of $kind 10.2.$((n % 200 + 1)).9)
	in=$((in + $(let_in)))
	passwords=$(reasons "$since" wrong-password)
	codes=$(reasons "$since" wrong-code)
	[ $((passwords + codes)) = $deny ] || wrong+="$kind $n: $passwords passwords, $codes codes
"
	[ $kind = code ] || [ $(($(pam_unix_failures) - before)) = $passwords ] ||
	    wrong+="$kind $n: pam_unix saw $(($(pam_unix_failures) - before)), the log $passwords
"
	[ "$(log_since "$since" | count lockout.start)" = 1 ] || wrong+="$kind $n: no lockout.start
"
	login_next user2 $home
	home_in=$((home_in + $(let_in)))
	login_next user2 '' service=login tty=tty1
	console_in=$((console_in + $(let_in)))
	login_next user2 10.2.$((n % 200 + 1)).9
	stranger_in=$((stranger_in + $(let_in)))
}

login_next user2 $home || fail "user2 gets in from $home at first" "$output"
login_next user2 '' service=login tty=tty1 || fail 'and at the console' "$output"
for kind in password code mixed; do
	in=0 wrong= home_in=0 console_in=0 stranger_in=0
	for ((n = 1; n <= rounds; n++)); do
		unlock
		round $kind
	done
	output=
	is "$kind: $rounds rounds of $guesses guesses, exactly $deny evaluated in each" '' "$wrong"
	is "$kind: no guess got in" 0 $in
	is "$kind: the owner got in from home in each" $rounds $home_in
	is "$kind: and at the console" $rounds $console_in
	is "$kind: but not from the source of the guesses, with the right code" 0 $stranger_in
	figure "$guesses parallel guesses, $kind: rounds with exactly $deny evaluated" \
	    "$((rounds - $(grep -c . <<<"$wrong"))) of $rounds"
done

# Refusals inside the lock are counted, not written one by one.
sandbox-clock +11s
eventually 5 recorded "$since" '' ' authentication.refusals '
since=0
n=0 unlock
isnt 'refusals inside the lock became counts' 0 \
    "$(log_since 0 | count ' authentication.refusals ' '"sekisho.count":')"

# Idle prompts hold nothing: 50 wait for the password, 50 for the code, from one source.
source=10.2.230.1
code=$(sandbox-code approver1)
{
	for i in {1..50}; do echo "user=approver1 rhost=$source password=x"; done
} >"$work/idle-password"
for i in {1..50}; do job approver1 $source "$code"; done >"$work/idle-code"
for kind in password code; do
	"$tools/pamload" -b $kind -T 300 -H "$work/never" <"$work/idle-$kind" >"$work/held-$kind" &
	idle[${#idle[@]}]=$!
done
for kind in password code; do
	eventually 30 grep -q held "$work/held-$kind"
done
is '50 logins wait at the password prompt' 'held 50' "$(cat "$work/held-password")"
# On a busy machine the last ones do not get their turn in the five seconds that they wait.
between 'and 50 at the code prompt' 20 50 "$(sed 's/held //' "$work/held-code")"
since=$(log_size)
for i in 1 2 3; do
	login "user=approver1 rhost=$source password=wrong-$i" && fail 'a wrong password got in'
done
is 'with 100 idle prompts, guesses are evaluated as ever' 3 "$(reasons "$since" wrong-password)"
login_next approver1 $source
is 'and the right code gets in from that same source' 1 "$(let_in)"
{
	kill -KILL "${idle[@]}"
	wait "${idle[@]}"
} 2>/dev/null
login_next approver1 $source
is 'hung up, all 100: it still does' 1 "$(let_in)"

# Logging in to one's own account in between refunds nothing: user1 guesses at approver2.
source=10.2.231.1 since=$(log_size)
for i in 1 2 3 4 5 6 7 8; do
	login "user=approver2 rhost=$source password=guess-$i"
	if [ $((i % 2)) = 0 ]; then
		login_next user1 $source || fail "user1 logs in in between ($i)" "$output"
	fi
done
output=
is 'own logins in between: still five guesses evaluated' $deny \
    "$(reasons "$since" wrong-password)"
# The budget of a source, over many victims, with own logins in between.
sandbox-clock +31m
source=10.2.232.1 since=$(log_size)
for victim in user2 approver1 approver2 auditor1 admin1 svc1 oracle1; do
	for i in 1 2 3 4; do
		echo "user=$victim rhost=$source password=guess-$i"
	done | "$tools/pamload" >/dev/null
	login_next user1 $source
done
output=
# Of 20 in half an hour, two come back while the seven logins move the clock.
between 'and of all accounts together not more than source_deny allows' 18 22 \
    "$(reasons "$since" wrong-password)"
figure 'guesses of one source at seven accounts, own logins between: tried, evaluated' \
    "28, $(reasons "$since" wrong-password)"

redecide_all
done_testing
