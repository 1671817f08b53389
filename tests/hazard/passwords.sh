#!/bin/bash
# Many passwords changed at once: all end right, two at a time, and no login waits for them. Who dies
# gives the place back; who thinks at the prompt holds none.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
short_delays

changes=${CHANGES:-$(full 24 200)}
told='Other passwords are being changed on this host. Please wait'

# people NUMBER: accounts of their own, half of whom change their own password.
people()
{
	local i hash

	hash=$(perl -e 'print crypt("Old-before-99xyz", q($6$before$))')
	for ((i = 1; i <= $1; i++)); do
		echo "many$i:x:$((20000 + i)):100::/nonexistent:/bin/sh" >>/etc/passwd
		echo "many$i:$hash:19000:0:99999:7:::" >>/etc/shadow
	done
}

password_of()
{
	printf 'kX7#mPq2vZtR%04d' "$1"
}

# change N: the N-th of them, as the person or as root; its end is in $work/end.N.
change()
{
	if [ $(($1 % 2)) = 0 ]; then
		printf '%s\n' Old-before-99xyz "$(password_of "$1")" "$(password_of "$1")" |
		    setpriv --reuid $((20000 + $1)) --regid 100 --clear-groups passwd
	else
		chpasswd <<<"many$1:$(password_of "$1")"
	fi >"$work/said.$1" 2>&1
	echo $? >"$work/end.$1"
}

# stored FROM TO: how many of these have the password that they were given.
stored()
{
	getent shadow | perl -F: -ane 'BEGIN { ($a, $b) = splice @ARGV, 0, 2 }
		$F[0] =~ /^many(\d+)$/ && $1 >= $a && $1 <= $b or next;
		$n++ if crypt(sprintf("kX7#mPq2vZtR%04d", $1), $F[1]) eq $F[1];
		END { print $n + 0 }' "$1" "$2"
}

people $((changes + 10))

# ---- all at once -----------------------------------------------------------------------------------

since=$(log_size)
pids=()
start=$(date +%s%N)
for ((n = 1; n <= changes; n++)); do
	change $n &
	pids+=($!)
done
wait "${pids[@]}"
took=$((($(date +%s%N) - start) / 1000000))
is "$changes changes at once: all end well" "$changes" "$(cat "$work"/end.* | grep -cx 0)"
is 'each password is stored' "$changes" "$(stored 1 "$changes")"
is 'each is recorded as accepted' "$changes" \
    "$(log_since "$since" | count ' password.judge ' '"event.outcome":"success"' '"user.name":"many')"
is 'none was refused' 0 "$(log_since "$since" | count ' password.judge ' '"event.outcome":"failure"')"
waited=$(grep -l "$told" "$work"/said.* | wc -l)
between 'those who had to wait were told so' $((changes / 2)) $((changes - 2)) "$waited"
figure 'password changes at once, told that they wait, all ended right after ms' "$changes, $waited, $took"

# ---- a judge that hangs: those in line wait, logins do not ----------------------------------------

judge=$(pgrep -x sekisho-judge)
kill -STOP "$judge"
rm -f "$work"/end.* "$work"/said.*
pids=()
for ((n = changes + 1; n <= changes + 6; n++)); do
	change $n &
	pids+=($!)
done
all_wait() { [ "$(pgrep -c -x "passwd|chpasswd")" -eq 6 ]; }
eventually 10 all_wait || fail "six are at it"
sleep 0.5
sandbox-clock +30s
begun=$(date +%s%N)
login "$(job user1 10.9.0.1 "$(sandbox-code user1)")"
is 'a login meanwhile' 1 "$(let_in)"
took=$((($(date +%s%N) - begun) / 1000000))
between 'which waits for nobody (ms)' 0 5000 "$took"
is 'and none of them has ended' 0 "$(cat "$work"/end.* 2>/dev/null | wc -l)"
run sekisho log --limit 1
is "nor does who reads the log" 0 "$status"
kill -CONT "$judge"
wait "${pids[@]}"
is 'when it goes on, all of them end well' 6 "$(cat "$work"/end.* | grep -cx 0)"
between 'of these some were told that they wait' 4 6 "$(grep -l "$told" "$work"/said.* | wc -l)"

# ---- who has a place dies; who thinks holds none ---------------------------------------------------

# prompt N: passwd of that person, which sits at its first prompt; its process is $prompting.
prompt()
{
	mkfifo "$work/prompt.$1"
	setpriv --reuid $((20000 + $1)) --regid 100 --clear-groups passwd <"$work/prompt.$1" >"$work/asked.$1" 2>&1 &
	prompting=$!
	eval "exec $((10 + $1 - changes))>\"$work/prompt.$1\""
	eventually 10 grep -q urrent "$work/asked.$1" || fail "passwd asks many$1"
}

prompt $((changes + 1))
first=$prompting
prompt $((changes + 2))
second=$prompting
run chpasswd <<<"many$((changes + 7)):$(password_of $((changes + 7)))"
is 'two sit at the prompt: a third gets through' 0 "$status"
has 'and was told that it waits' "$told" "$output"
kill -KILL "$first" "$second"
wait "$first" "$second" 2>/dev/null
prompt $((changes + 3))
first=$prompting
prompt $((changes + 4))
second=$prompting
kill -KILL "$first" "$second"
wait "$first" "$second" 2>/dev/null
run chpasswd <<<"many$((changes + 8)):$(password_of $((changes + 8)))"
is 'who had both places was killed: the next gets through' 0 "$status"
hasnt 'without any waiting' "$told" "$output"

# ---- killed at every step of a change -----------------------------------------------------------
#
# Whatever is killed and when: what /etc/shadow ever had is refused as used before, and a change
# that was told to be done is.

had=$work/had # every password that the account was ever seen to have
victim=many$((changes + 9))
now='' number=1000

# settle TRIED: which of the passwords is in force after this; they are kept in $had.
settle()
{
	local hash

	hash=$(getent shadow "$victim" | cut -d: -f2)
	if [ "$(perl -e 'print crypt($ARGV[0], $ARGV[1])' "$1" "$hash")" = "$hash" ]; then
		now=$1 stored=$((stored + 1))
		echo "$now" >>"$had"
	elif [ -z "$now" ] || [ "$(perl -e 'print crypt($ARGV[0], $ARGV[1])' "$now" "$hash")" != "$hash" ]; then
		torn=$((torn + 1))
	fi
}

# cut_off STRIKE: a change, struck at a random moment of it.
cut_off()
{
	local new

	number=$((number + 1))
	new=$(password_of $number)
	chpasswd <<<"$victim:$new" >"$work/said" 2>&1 &
	struck=$!
	sleep "$(awk -v s="$span" -v r=$RANDOM 'BEGIN { print s * r / 32768 }')"
	$1
	wait $struck && told=yes || told=no
	sandbox-daemon wait
	settle "$new"
	[ $told = no ] || [ "$now" = "$new" ] || broken=$((broken + 1))
}

strike_changer() { kill -KILL "$struck" 2>/dev/null; }
strike_daemon() { sandbox-daemon kill; }
strike_power()
{
	daemon_hold
	disk_cut
	kill -KILL "$(sandbox-daemon pid)" "$struck" 2>/dev/null
	while sandbox-daemon pid >/dev/null; do
		sleep 0.01
	done
	# the worker ends when it has hashed what it is at
	eventually 10 disk_drop && disk_mount
	sandbox-daemon start
}

# rounds WHAT NUMBER STRIKE
rounds()
{
	local n

	stored=0 torn=0 broken=0
	for ((n = 0; n < $2; n++)); do
		cut_off "$3"
	done
	is "$1, $2 times: the account has the one or the other password" 0 $torn
	is "$1: what was told to be done is done" 0 $broken
	figure "password changes cut off: $1, stored all the same" "$2, $stored"
}

up() { cut -d' ' -f1 /proc/uptime; }
begun=$(up)
since=$(log_size) weak=short
run chpasswd <<<"$victim:$(password_of 1000)"
span=$(awk -v a="$begun" -v b="$(up)" 'BEGIN { print (b - a) * 1.2 + 0.01 }') # how long one takes here
: >"$had"
stored=0
settle "$(password_of 1000)"
rounds 'passwd killed' "$(full 8 200)" strike_changer
rounds 'the daemon killed' "$(full 4 200)" strike_daemon
disk_make 256
sandbox-daemon start
rounds 'the power off' "$(full 2 20)" strike_power

# Each that was accepted is followed by a word on what became of it, at the next contact.
run chpasswd <<<"$victim:$weak"
has "a weak one is refused" "not accepted" "$output"
is 'each that was accepted: whether it was stored is in the log' \
    "$(log_since "$since" | count ' password.judge ' '"event.outcome":"success"' "\"user.name\":\"$victim\"")" \
    "$(log_since "$since" | count ' password.stored ' "\"user.name\":\"$victim\"")"
is 'and truly so: stored' "$(($(sort -u "$had" | wc -l)))" \
    "$(log_since "$since" | count ' password.stored ' '"event.outcome":"success"' "\"user.name\":\"$victim\"")"

# More were tried than are remembered: those of the last day are kept all the same.
again=0
while read -r old; do
	[ "$old" != "$now" ] || continue
	run chpasswd <<<"$victim:$old"
	[ "$status" != 0 ] && grep -q 'You had it before' <<<"$output" || again=$((again + 1))
done <"$had"
is "none of the $(sort -u "$had" | wc -l) that were ever set is accepted again" 0 $again
run chpasswd <<<"$victim:$(password_of 2000)"
is 'after all that a change works' 0 "$status"

redecide_all
done_testing
