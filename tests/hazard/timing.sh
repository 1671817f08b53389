#!/bin/bash
# Unknown and known users cannot be told apart: the same prompts, texts and return codes, and
# the same time. One run, interleaved, through sshd's and login's stacks with pam_unix nodelay.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

# Few enough at a time that the processors are never the reason.
number=${NUMBER:-$(full 20 200)} at_a_time=$(full 8 4)

# A source and a lane for each guess, or locks would answer instead of pam_unix.
mkdir -p /etc/sekisho/policy.d
cat >/etc/sekisho/policy.d/timing.conf <<'CONF'
[lockout]
deny = 1000
source_deny = 100000
CONF
run sekisho policy apply
is 'a policy that locks late is in force' 0 "$status"

# jobs CASE: as many logins, known and unknown in turn.
jobs()
{
	local i

	for ((i = 0; i < number; i++)); do
		case $1 in
		wrong) # a wrong password; sshd hands on junk for names that it does not know
			echo "user=user2 password=wrong rhost=10.8.0.$i"
			echo "user=nobody$i password=wrong junk=1 rhost=10.8.0.$i"
			;;
		typed) # the same where the program hands on what was typed
			echo "user=user2 service=login tty=tty$((i + 1)) password=wrong"
			echo "user=nobody$i service=login tty=tty$((i + 1)) password=wrong"
			;;
		shared) # accounts that nobody may use so
			echo "user=oracle1 password=wrong rhost=10.8.1.$i"
			echo "user=nobody$i password=wrong junk=1 rhost=10.8.1.$i"
			;;
		esac
	done
}

# judge CASE [KINDS]: compares the two halves of $output. Neither is told more than so many different
# things, one unless told otherwise.
judge()
{
	/usr/bin/python3 - "$work/$1" "${2-1}" <<-'PY'
		import statistics, sys
		rows = [dict(w.split("=", 1) for w in line.rstrip("\n").split("\t"))
		        for line in open(sys.argv[1]) if line.startswith("n=")]
		halves = rows[0::2], rows[1::2]
		def seen(half, what): return sorted({r[what] for r in half})
		for what in ("said", "auth", "acct"):
		    a, b = (seen(h, what) for h in halves)
		    print(what, "same" if a == b and len(a) <= int(sys.argv[2]) else "known %r, unknown %r" % (a, b))
		known, unknown = (statistics.median(int(r["answer_us"]) for r in h) for h in halves)
		far = abs(known - unknown) * 100 / max(known, unknown)
		print("medians", "same" if far < 10 else "differ", "known %d us, unknown %d us, %.2f %%"
		      % (known, unknown, far))
		# Sorted, the spread must be alike too: a tail gives away what a median hides.
		tail = [sorted(int(r["answer_us"]) for r in h)[len(h) * 9 // 10] for h in halves]
		far = abs(tail[0] - tail[1]) * 100 / max(tail)
		print("p90", "same" if far < 10 else "differ", "known %d us, unknown %d us" % tuple(tail))
	PY
}

compare()
{
	local verdict

	jobs $1 | "$tools/pamload" -j $at_a_time -T 900 >"$work/$1"
	verdict=$(judge $1)
	for what in said auth acct medians p90; do
		has "$1: $what" "^$what same" "$(grep "^$what" <<<"$verdict")"
	done
	figure "$1: known against unknown names, $number each" \
	    "$(sed -n 's/^medians [a-z]* //p' <<<"$verdict")"
}

compare wrong
compare typed
[ -z "$TORTURE" ] || compare shared

# Locked, the same again.
printf '[lockout]\ndeny = 1\nsource_deny = 100000\n' >/etc/sekisho/policy.d/timing.conf
run sekisho policy apply
for i in 1 2 3; do
	echo "user=user2 password=wrong rhost=10.8.2.$i"
	echo "user=nobody1 password=wrong junk=1 rhost=10.8.2.$i"
done | "$tools/pamload" >"$work/locked-first"
for ((i = 0; i < number; i++)); do
	echo "user=user2 password=wrong rhost=10.8.3.$i"
	echo "user=nobody1 password=wrong junk=1 rhost=10.8.3.$i"
done | "$tools/pamload" -j $at_a_time -T 900 >"$work/locked"
verdict=$(judge locked)
for what in auth acct medians; do
	has "locked: $what" "^$what same" "$(grep "^$what" <<<"$verdict")"
done
# The time of day that the text names differs with the seconds, the words do not; and who is refused
# when the next count is due is told its record's code.
sed -i 's/[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/TIME/g; s/explain): ....-..../explain): CODE/g' "$work/locked"
has 'locked: said' '^said same' "$(judge locked 2 | grep ^said)"
has 'locked: both really are' 'Too many' "$(<"$work/locked")"

redecide_all
done_testing
