#!/bin/bash
# One code, many parallel logins: exactly one gets in, and a later replay of it is no guess.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

rounds=${ROUNDS:-$(full 5 100)} logins=${LOGINS:-$(full 16 64)}

# A round: $logins logins with one code wait at the code prompt and are let go together.
round()
{
	local source=$1 since jobs i

	sandbox-clock +30s
	code=$(sandbox-code user1)
	since=$(log_size)
	jobs=$(for ((i = 0; i < logins; i++)); do job user1 "$source" "$code"; done)
	load -b code <<<"$jobs"
	[ "$(let_in)" = 1 ] || wrong+="round $n: $(let_in) got in
"
	at_prompt=$((at_prompt + $(grep -c 'P:Code' <<<"$output")))
	matches=$((matches + $(log_since "$since" |
	    count '"sekisho.fact.code":"match"' '"event.outcome":"success"')))
	wrongs=$((wrongs + $(reasons "$since" wrong-code wrong-password)))
	replays=$((replays + $(reasons "$since" replayed-code)))
}

wrong= at_prompt=0 matches=0 wrongs=0 replays=0
first=$(log_size)
for ((n = 1; n <= rounds; n++)); do
	# Addresses known and unknown: the lane must not matter.
	round 10.1.$((n % 7)).1
done
output=
is "$rounds rounds of $logins: exactly one login a round" '' "$wrong"
is "all $((rounds * logins)) logins were asked for the code" $((rounds * logins)) $at_prompt
is 'the log has one success a round' $rounds $matches
is 'each other one is recorded as a replay' $((rounds * (logins - 1))) $replays
is 'no replay counted as a guess' 0 $wrongs
is 'no replay locked anybody' 0 "$(log_since "$first" | count lockout.start)"
figure 'one code: rounds with exactly one success' "$matches of $rounds"

# Replays alone, of the code of the last round: more than deny of them lock nobody.
since=$(log_size)
load < <(for n in 1 2 3 4 5 6 7; do job user1 10.1.200.1 "$code"; done)
is 'seven later replays of a code are refused' 0 "$(let_in)"
is 'as replays' 7 "$(reasons "$since" replayed-code)"
login_next user1 10.1.200.1
is 'after them the next code gets in from there' 1 "$(let_in)"

# The same over the real ssh.
tries=$(full 4 8) sum=0
for ((n = 1; n <= $(full 1 5); n++)); do
	sandbox-clock +30s
	code=$(sandbox-code user1)
	for ((i = 0; i < tries; i++)); do
		sandbox-ssh user1 "$code" true >/dev/null 2>&1 && echo in >"$work/ssh.$n.$i" &
	done
	wait
	sum=$((sum + $(find "$work" -name "ssh.$n.*" | wc -l)))
done
output=
is "ssh: of $tries parallel logins with one code, one a round gets in" $((n - 1)) $sum

redecide_all
done_testing
