#!/bin/bash
# kill -9 of the daemon at any moment under load, and power cuts of its file system: what was
# acknowledged has its one record, and no code is accepted again.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

kills=${KILLS:-$(full 5 200)} cuts=${CUTS:-$(full 1 20)}
users='user1 user2 approver1 approver2 auditor1 admin1'

# The module then tells syslog what it was answered: "phase code for user1: success, verdict 2,
# need 0, record 57, 3 ms".
sed -i 's/\(pam_sekisho\.so.*\)$/\1 debug/' /etc/pam.d/sshd /etc/pam.d/sekisho-account

# A burst: right codes twice each, wrong codes, wrong passwords, in no order.
burst()
{
	local user code

	for user in $users; do
		code=$(sandbox-code $user)
		job $user 10.3.1.1 "$code" open=0
		job $user 10.3.1.2 "$code" open=0
		job $user 10.3.2.1 "$(wrong_code $user)"
		echo "user=$user rhost=10.3.2.2 password=wrong"
	done | shuf
}

# The codes of that burst once more, now that it is over.
replay()
{
	sed -n 's/rhost=10.3.1.[12]/rhost=10.3.1.1/p' "$work/burst" | sort -u
}

users_in()
{
	sed -n 's/.*\tuser=\([^\t]*\)\t.*\tacct=0\t.*/\1/p'
}

# hit STRIKE: waits for the daemon, starts a burst and strikes with the function given at a random
# moment of it. The load may end late, because its logins time out; the next burst waits for it.
hit()
{
	local strike=$1 load

	sandbox-daemon wait
	# Past the floor that an unclean start sets, past every lock.
	sandbox-clock +31m
	burst >"$work/burst"
	"$tools/pamload" -b start <"$work/burst" >"$work/answers" &
	load=$!
	sleep "0.$(printf %03d $((RANDOM % 900)))"
	$strike
	wait $load
	sandbox-daemon wait || return
	in=$((in + $(grep -c $'\tacct=0\t' "$work/answers")))
	tried=$((tried + $(grep -c '^n=' "$work/answers")))
	load < <(replay)
	# Who did not get in before may now, once; check_log sees to it that no code counts twice.
	again=$((again + $({ users_in <"$work/answers"; users_in <<<"$output"; } | sort | uniq -d | wc -l)))
	late=$((late + $(let_in)))
	tried=$((tried + $(grep -c '^n=' <<<"$output")))
}

strike_daemon()
{
	sandbox-daemon kill
	struck=$((struck + $?))
}

# The power goes off: the disk keeps what was synced, the daemon is gone, /run is empty.
strike_power()
{
	daemon_hold
	disk_cut
	kill -KILL "$(sandbox-daemon pid)" 2>/dev/null
	while sandbox-daemon pid >/dev/null; do
		sleep 0.01
	done
	disk_drop && disk_mount
	struck=$((struck + $?))
	[ $((n % 2)) = 0 ] || rm -f /run/sekisho/generation
	sandbox-daemon start
}

# What the module was answered, against what the log has; and the log against itself.
check_log()
{
	log_since 0 >"$work/log"
	/usr/bin/python3 - "$work/log" /var/log/syslog-capture <<-'PY'
		import json, re, sys
		from collections import Counter
		log, decided, spent = {}, Counter(), Counter()
		ahead, told_of, starts = {}, set(), []
		for line in open(sys.argv[1], errors="replace"):
		    seq, event, body = line.split(" ", 2)
		    body = json.loads(body)
		    if int(seq) in log:
		        print("sequence twice:", seq)
		    log[int(seq)] = body
		    if body["event.action"] == "account.unasked":
		        told_of.add(body["sekisho.request.record"])
		    if body["event.action"] == "daemon.start":
		        starts.append(int(seq))
		    phase = body.get("sekisho.phase")
		    if "sekisho.verdict" not in body or phase is None:
		        continue
		    if body.get("sekisho.ahead"):
		        ahead[body["process.pid"], body["sekisho.process.start"], phase] = int(seq)
		    elif phase in ("failed", "code", "account", "open"):
		        decided[body["process.pid"], body["sekisho.process.start"], phase] += 1
		    if body.get("sekisho.fact.code") == "match" and body["event.outcome"] == "success":
		        spent[body["sekisho.device.id"], body["sekisho.fact.step"]] += 1
		for what, number in decided.items():
		    if number > 1:
		        print("decided %d times: %s" % (number, what))
		# Decided along with a code, and once more: then it was not asked for, or the daemon died.
		for what, seq in ahead.items():
		    if decided[what] and seq not in told_of and not any(seq < n for n in starts):
		        print("decided ahead and again: %s" % (what,))
		for what, number in spent.items():
		    if number > 1:
		        print("code accepted %d times: %s" % (number, what))
		answers = 0
		told = re.compile(r"phase (\w+) for (\S+): success, verdict (\d), need \d, record ([1-9]\d*)")
		for line in open(sys.argv[2], errors="replace"):
		    m = told.search(line)
		    if not m:
		        continue
		    phase, user, verdict, seq = m[1], m[2], m[3], int(m[4])
		    answers += 1
		    body = log.get(seq)
		    if body is None:
		        print("acknowledged, not recorded:", line.strip())
		    elif (body["user.name"], body["sekisho.phase"], body["sekisho.verdict"]) != (
		            user, phase, "allow" if verdict == "2" else "deny"):
		        print("recorded otherwise:", line.strip(), body)
		print("# %d answers, %d records, %d codes spent" % (answers, len(log), len(spent)))
	PY
}

in=0 tried=0 again=0 late=0 struck=0
for ((n = 1; n <= kills; n++)); do
	hit strike_daemon || break
done
output=$(tail -3 /var/log/sekisho-policyd.log)
is "killed $kills times under load, it came back each time" $kills $((n - 1))
is 'each kill met a daemon' 0 $struck
output=
is 'no code got in again after a kill' 0 $again
output=$(check_log)
is "what was acknowledged has its one record (${output##*$'\n'})" '' \
    "$(sed '/^# /d' <<<"$output")"
between "logins got in between the kills ($in of $tried)" $((kills * 2)) $((kills * 6)) $in
figure 'kill -9: kills, logins tried, let in, let in after, codes accepted again' \
    "$kills, $tried, $in, $late, $again"
figure 'kill -9: acknowledged answers, all recorded once' "$(sed -n 's/^# //p' <<<"$output")"

disk_make 256
sandbox-daemon start
in=0 tried=0 again=0 late=0 struck=0
for ((n = 1; n <= cuts; n++)); do
	hit strike_power || break
done
output=$(tail -3 /var/log/sekisho-policyd.log)
is "the power cut $cuts times under load, it came back each time" $cuts $((n - 1))
is 'each time the disk came back too' 0 $struck
output=
is 'no code got in again after a power cut' 0 $again
output=$(check_log)
is "what was acknowledged has its one record (${output##*$'\n'})" '' \
    "$(sed '/^# /d' <<<"$output")"
figure 'power cuts: cuts, logins tried, let in, let in after, codes accepted again' \
    "$cuts, $tried, $in, $late, $again"
output=
sandbox-clock +31m
login_next user1 10.3.1.1
is 'after all that a login works' 1 "$(let_in)"

redecide_all
done_testing
