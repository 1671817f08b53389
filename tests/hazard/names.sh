#!/bin/bash
# Guessing until the lock: a name that does not exist, an account of this host that sshd does not
# let in (it hands us junk for both), and one that it does, all say the same at the same try.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

# told USER SOURCE [WORD...]: what seven wrong passwords in a row are told.
told()
{
	local user=$1 source=$2 i

	shift 2
	for i in 1 2 3 4 5 6 7; do
		echo "user=$user password=wrong$i rhost=$source $*"
	done | "$tools/pamload" -j 1 | sed -n 's/.*\tauth=\([0-9]*\)\t.*\tsaid=/\1 /p' |
	    sed -E 's/[0-9]{2}:[0-9]{2}:[0-9]{2}/TIME/; s/: [0-9A-Z]{4}-[0-9A-Z]{4}$/: CODE/'
}

told user2 10.10.0.1 >"$work/known" &
told nobody7 10.10.0.2 junk=1 >"$work/unknown" &
told root 10.10.0.3 junk=1 >"$work/refused" &
told oracle1 10.10.0.4 junk=1 >"$work/shared" &
wait
known=$(<"$work/known")
is 'seven tries were answered' 7 "$(grep -c . <<<"$known")"
has 'the sixth meets the lock' 'Too many failed attempts' "$(sed -n 6p <<<"$known")"
hasnt 'the fifth does not' 'Too many failed attempts' "$(sed -n 5p <<<"$known")"
is 'an unknown name is told the same' "$known" "$(<"$work/unknown")"
is 'and so is an account that sshd refuses' "$known" "$(<"$work/refused")"
is 'whatever it is' "$known" "$(<"$work/shared")"

# Strangers with many addresses: root under "PermitRootLogin no" is guessed without any lane.
since=$(log_size)
for i in {1..60}; do
	echo "user=root password=wrong junk=1 rhost=10.11.$i.1"
done | "$tools/pamload" >/dev/null
between 'sixty guesses at it from sixty addresses: records' 0 12 \
    $(($(log_size) - since))

# Who hangs up leaves charges open. The next one waits for them to settle, which no unknown name
# would: not longer than every failure is made to take.
hung_up()
{
	/usr/bin/python3 - <<-EOF2
		import os, sys, time
		sys.path.insert(0, "$assert_lib")
		import frames as F
		def charge():
		    return F.decode(F.exchange("/run/sekisho/pam.sock", F.frame(F.PAM, F.question(
		        phase=1, user="user2", uid=7002, rhost="10.14.$1.1"))))[0]
		for i in range(5):
		    if os.fork() == 0:
		        charge()
		        os._exit(0)
		    os.wait()
		start = time.monotonic()
		charge()
		print(int((time.monotonic() - start) * 1000))
	EOF2
}
slowest=0
for i in 1 2 3 4 5 6; do
	sandbox-clock +40m
	ms=$(hung_up $i)
	[ "$ms" -lt $slowest ] || slowest=$ms
	sleep 0.$((i * 15 % 10))
done
between 'the sixth after five that hung up: ms until it is refused' 0 600 $slowest

redecide_all
done_testing
