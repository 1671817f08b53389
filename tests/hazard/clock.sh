#!/bin/bash
# The wall clock set back and forward, and an older copy of the store put back: nothing spent
# revives, no lock ends early, and the log says what happened.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
short_delays

source=10.6.0.1 rounds=${ROUNDS:-$(full 1 10)}

code_at()
{
	oathtool --totp --base32 -N "@$1" - <"/run/sekisho-sandbox/secrets/$2"
}

# with CODE WHAT EXPECTED: user1 logs in with it.
with()
{
	login "$(job user1 $source "$1")"
	[ "$(let_in)" = "$3" ] || wrong+="round $n: $2: $(let_in)
$output
"
}

wrong=
since=$(log_size)
for ((n = 1; n <= rounds; n++)); do
	# user2 is locked at the stranger's address, before the clock moves.
	sandbox-clock +46m
	for i in 1 2 3 4 5 6; do
		echo "user=user2 rhost=10.6.9.9 password=guess"
	done | "$tools/pamload" >/dev/null
	now=$(date +%s)
	spent=$(code_at $now user1)
	with "$spent" 'a code' 1
	with "$spent" 'its replay' 0

	sandbox-clock jump -1h
	now=$(date +%s)
	with "$spent" 'back an hour, the spent code' 0
	with "$(code_at $now user1)" 'back an hour, the code of that hour' 0
	with "$(code_at $((now + 30)) user1)" 'back an hour, the next one' 0
	grep -q 'No code counts for another 6[01] minutes, because the clock' <<<"$output" ||
	    wrong+="round $n: nothing says that a clock was set back
$output
"

	sandbox-clock jump +1h
	with "$spent" 'forward again, the spent code' 0
	with "$(code_at "$(date +%s)" user1)" 'forward again, the current code, below the floor' 0

	sandbox-clock +2m
	with "$(code_at "$(date +%s)" user1)" 'and later a new code' 1

	# A wall clock in the future takes its codes with it, so all wait until then.
	sandbox-clock jump +1h
	load <<<"$(job user2 10.6.9.9 "$(sandbox-code user2)")"
	[ "$(let_in)" = 0 ] && grep -q 'Too many' <<<"$output" ||
	    wrong+="round $n: the lock ended by a jump
$output
"
	sandbox-clock jump -1h
	sandbox-clock +64m
	login "user=nobody1 rhost=10.6.9.8 password=x" # whoever comes first meets the jump
	sandbox-clock +2m
	login_next user2 10.6.9.9 || wrong+="round $n: the lock did not end by time
$output
"
done
output=
is "$rounds times an hour back and forth: nothing spent revives, no lock ends early" '' "$wrong"
is 'each jump is a record' $((rounds * 4)) "$(log_since "$since" | count ' clock.step ')"
steps=$(log_since "$since" | grep -o '"sekisho.clock.step":-*[0-9]*' | cut -d: -f2 | sort -n)
between 'with how far: back' -3602000 -3598000 "$(head -1 <<<"$steps")"
between 'with how far: forward' 3598000 3602000 "$(tail -1 <<<"$steps")"
figure 'an hour back and forth: rounds, spent codes revived, locks ended early' \
    "$rounds, $(grep -c 'spent\|replay' <<<"$wrong"), $(grep -c 'ended by a jump' <<<"$wrong")"

# ---- an older copy of the store ----------------------------------------------------------------

copy()
{
	rm -rf "$work/copy" && cp -a $state "$work/copy"
}

put_back()
{
	rm -rf ${state:?}/* && cp -a "$work/copy/." $state/
}

# older HOW STOP MEMORY: a copy is taken, a code spent, the copy put back.
older()
{
	local spent next

	sandbox-clock +10m
	sandbox-daemon stop
	copy
	sandbox-daemon start
	sandbox-clock +2m
	spent=$(sandbox-code user1) since=$(log_size)
	login "$(job user1 $source "$spent")" || fail "$1: a code is spent" "$output"
	daemon_hold
	sandbox-daemon $2
	while sandbox-daemon pid >/dev/null; do
		sleep 0.02
	done
	put_back
	[ "$3" = kept ] || rm -f /run/sekisho/generation
	sandbox-daemon start
	login "$(job user1 $source "$spent")"
	is "$1: the spent code does not count" 0 "$(let_in)"
	sandbox-clock +30s
	next=$(sandbox-code user1)
	sandbox-clock +90s
	login "$(job user1 $source "$next")"
	is "$1: nor does an old one" 0 "$(let_in)"
	login_next user1 $source
	is "$1: a new one does" 1 "$(let_in)"
}

since=$(log_size)
older 'older copy, same boot, clean stop' stop kept
isnt 'and the log says that what came between is unknown' 0 \
    "$(log_since 0 | count ' daemon.rewound ')"
rewound=$(log_since 0 | count ' daemon.rewound ')
older 'older copy, same boot, killed' kill kept
isnt 'and the log says so again' "$rewound" "$(log_since 0 | count ' daemon.rewound ')"
older 'older copy, memory of this boot lost' stop lost
has 'a start that this boot does not vouch for says so' \
    ' daemon.start .*"event.reason":"unvouched"' \
    "$(log_since 0 | tail -20)"
# The emptiest copy of all: no store.
sandbox-clock +10m
spent=$(sandbox-code user1)
login "$(job user1 $source "$spent")" || fail 'a code is spent' "$output"
sandbox-daemon stop
mkdir "$work/kept" && cp -a $state/. "$work/kept/" && rm -rf ${state:?}/*
sandbox-daemon start
login "$(job user1 $source "$spent")"
is 'the store gone: nobody gets in by it' 0 "$(let_in)"
isnt 'the store gone: recorded as rewound' 0 "$(log_since 0 | count ' daemon.rewound ')"

sandbox-daemon stop
rm -rf ${state:?}/* && cp -a "$work/kept/." $state/
sandbox-daemon start
sandbox-clock +2m
login_next user1 $source
is 'the right store back again: a login works' 1 "$(let_in)"

redecide_all
done_testing
