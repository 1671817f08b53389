#!/bin/bash
# Records leave the host: to the journal and by syslog over a socket, UDP and TCP, in order,
# whole, after an outage and after a restart; and a target that is dead, full or mute hinders no
# login.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

# receiver KIND ADDRESS NAME [mute]: its lines in $work/NAME; its pid in pid_NAME.
receiver()
{
	rm -f "$work/$3.ready"
	/usr/bin/python3 "$assert_lib/receive.py" "$1" "$2" "$work/$3" ${4-} 2>>"$work/errors" &
	printf -v "pid_$3" %s $!
	eventually 5 test -e "$work/$3.ready" || fail "the receiver $3 starts" "$(cat "$work/errors")"
}

receiver_end()
{
	local pid=pid_$1

	kill -KILL "${!pid}" && wait "${!pid}" 2>/dev/null
}

# sequences NAME: of the records there, as they came.
sequences()
{
	sed -nE 's/.*(\[sekisho@32473 seq="|"SEKISHO_SEQ": ")([0-9]+)".*/\2/p' "$work/$1"
}

# Has NAME each record from FROM to the end of the log?
complete()
{
	local name=$1 from=$2

	diff <(sequences "$name" | sort -nu | awk -v f="$from" '$1 >= f') \
	    <(log_since 0 | awk -v f="$from" '$1 >= f { print $1 }') >/dev/null
}

policy_forward()
{
	cp "$work/policy" /etc/sekisho/policy.conf
	printf '\n[forward]\n%s\n' "$1" >>/etc/sekisho/policy.conf
	sekisho policy apply >/dev/null || fail 'the policy applies'
}

# place TARGET WHAT: of sekisho status.
forward_status()
{
	sekisho status --json | /usr/bin/python3 -c 'import json, sys
for t in json.load(sys.stdin)["forward"]:
    if t["target"] == sys.argv[1]: print(t[sys.argv[2]])' "$1" "$2"
}

time_logins()
{
	local start end

	# the wall clock is moved by each login
	read -r start _ </proc/uptime
	for ((n = 0; n < 10; n++)); do
		login_next user1 10.5.0.1 || return
	done
	read -r end _ </proc/uptime
	took=$(((${end/./} - ${start/./}) * 10))
}

time_logins
limit=$((took * 3 + 1500))
# Other work on this machine takes its part, now and then; who waits for a target does so each time.
time_logins_again()
{
	for _ in 1 2 3; do
		time_logins || return
		[ "$took" -gt "$limit" ] || return
	done
}
figure 'ten logins with nothing forwarded, ms' "$took"
cp /etc/sekisho/policy.conf "$work/policy"
mkdir -p /run/systemd/journal
receiver journal /run/systemd/journal/socket journal
receiver unix /run/target unix
receiver udp 5514 udp
receiver tcp 5601 tcp
policy_forward 'journal = auto
syslog = unix:/run/target udp:127.0.0.1:5514
  tcp:127.0.0.1:5601'
# the policy's own record comes before the targets are known
from=$(($(log_since 0 | awk '$2 == "policy.apply" { seq = $1 } END { print seq }') + 1))
sleep 1.2
for user in user1 user2 admin1; do
	login_next $user 10.5.0.1 || fail "$user gets in" "$output"
done
for name in journal unix udp tcp; do
	eventually 5 complete $name "$from" && pass "$name: every record arrives" ||
		fail "$name: every record arrives" "$(sequences $name | tr '\n' ' ')"
	is "$name: in order" "$(sequences $name)" "$(sequences $name | sort -nu)"
done

own=$(id -u sekisho)
is 'the forwarder is its own user, confined, without capabilities' \
    "$own $own $own $own 0000000000000000 2" \
    "$(awk '/^(Uid|CapPrm|Seccomp):/ { $1 = ""; print }' /proc/"$(pgrep -x sekisho-forward)"/status |
	tr -s ' \t\n' ' ' | sed 's/^ //; s/ $//')"

# ---- what arrives is what was hashed ----------------------------------------------------------------

is 'each carries the stored header and the stored body, and one is the hash of the other' ok \
    "$(/usr/bin/python3 - "$work" <<-'END'
	import hashlib, json, re, sys
	import sqlite3
	db = sqlite3.connect("file:/var/lib/sekisho/sekisho.db?mode=ro", uri=True)
	stored = {s: (h, b) for s, h, b in db.execute("SELECT seq, header, body FROM records")}
	def compare(seq, header, body):
	    h, b = stored[seq]
	    assert bytes.fromhex(header) == h, seq
	    assert body.encode() == b, (seq, body, b)
	    assert hashlib.sha256(body.encode()).digest() == h[-32:], seq
	def head(line):
	    note = json.loads(line.partition("sekisho-head ")[2])
	    assert "\n\n\u2014 " in note, note
	    return note
	counts = {}
	heads = {}
	for name in "unix", "udp", "tcp":
	    for line in open(sys.argv[1] + "/" + name, encoding="utf-8"):
	        m = re.fullmatch(r'<(\d+)>1 (\S+) gate sekisho - (\S+) \[sekisho@32473 (.*?[^\\])\] (.*)\n', line)
	        assert m, line
	        assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', m[2]), m[2]
	        if m[3] == "head":
	            heads[name] = head(m[5])
	            continue
	        p = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[4]))
	        body = json.loads(m[5])
	        compare(int(p["seq"]), p["header"], m[5])
	        assert p["event"] == m[3] == body["event.action"]
	        assert p.get("user") == body.get("user.name") and p.get("source") == body.get("source.ip")
	        assert int(m[1]) == 80 + (6 if p["outcome"] == "success" else 5), m[1]
	        counts[name] = counts.get(name, 0) + 1
	for line in open(sys.argv[1] + "/journal", encoding="utf-8"):
	    f = json.loads(line)
	    assert f["SYSLOG_IDENTIFIER"] == "sekisho" and f["PRIORITY"] in "56", f
	    if "SEKISHO_HEAD" in f:
	        heads["journal"] = f["SEKISHO_HEAD"]
	        assert head(f["MESSAGE"]) == f["SEKISHO_HEAD"]
	        continue
	    body = json.loads(f["SEKISHO_RECORD"])
	    compare(int(f["SEKISHO_SEQ"]), f["SEKISHO_HEADER"], f["SEKISHO_RECORD"])
	    assert f["SEKISHO_EVENT"] == body["event.action"] and f["SEKISHO_OUTCOME"] == body["event.outcome"]
	    assert f.get("SEKISHO_USER") == body.get("user.name"), f
	    counts["journal"] = counts.get("journal", 0) + 1
	assert min(counts.values()) >= 3 and len(counts) == 4, counts
	assert len(heads) == 4 and len(set(heads.values())) <= 2, heads
	print("ok")
	END
	)"

# ---- a head that was seen elsewhere is evidence ------------------------------------------------------

for name in unix journal; do
	run sekisho audit verify --seen "$work/$name"
	is "$name: what was received verifies against the log" 0 "$status"
	has "$name: and holds heads" '^Heads seen elsewhere: [1-9][0-9]* compared' "$output"
done
sed -E 's/(sekisho-head "[^"]*audit\\n[0-9]+\\n)..../\1AAAA/' "$work/unix" >"$work/forged"
run sekisho audit verify --seen "$work/forged"
has 'one that was altered is none of this log' '^Heads seen elsewhere: 0 compared' "$output"

# ---- outages: what was missed comes later, nothing is lost -------------------------------------------

receiver_end unix
receiver_end udp
receiver_end tcp
from=$(($(log_size) + 1))
for n in 1 2 3; do
	login_next user1 10.5.0.1 || fail 'logins while no target is there'
done
between 'meanwhile the status counts what was not forwarded' 1 100 \
    "$(forward_status tcp:127.0.0.1:5601 behind)"
receiver unix /run/target unix
receiver udp 5514 udp
receiver tcp 5601 tcp
login_next user2 10.5.0.1
for name in journal unix udp tcp; do
	eventually 12 complete $name "$from" && pass "$name: catches up after an outage" ||
		fail "$name: catches up after an outage" "from $from: $(sequences $name | tail -20 | tr '\n' ' ')"
done

# ---- a restart, a kill -------------------------------------------------------------------------------

receiver_end tcp
from=$(($(log_size) + 1))
login_next user1 10.5.0.1
sandbox-daemon restart
login_next user1 10.5.0.1
sandbox-daemon kill
sandbox-daemon wait
login_next user1 10.5.0.1
receiver tcp 5601 tcp
for name in unix tcp; do
	eventually 12 complete $name "$from" && pass "$name: catches up over a restart and a kill" ||
		fail "$name: catches up over a restart and a kill" "from $from"
done

# ---- targets that take nothing -----------------------------------------------------------------------

receiver unix /run/mute mute_unix
kill -STOP $pid_mute_unix
receiver tcp 5602 mute_tcp mute
receiver_end tcp
policy_forward 'journal = no
syslog = unix:/run/mute tcp:127.0.0.1:5602 tcp:127.0.0.1:5601 tcp:192.0.2.1:601 unix:/nowhere'
sleep 1.2
from=$(($(log_size) + 1))
count=$(full 1100 20000)
before=$(log_size)
run /usr/bin/python3 "$assert_lib/frames.py" guess /run/sekisho/pam.sock "$count"
has 'guesses are recorded' "^recorded $count of $count" "$output"
time_logins_again
is 'full, mute, dead and unreachable targets: ten logins' 10 "$n"
between 'in about the time that they take otherwise' 0 "$limit" "$took"
figure 'ten logins beside targets that take nothing, ms' "$took"
between 'the status counts what waits for the socket that is full' 300 999999 \
    "$(forward_status unix:/run/mute behind)"
# A try again is under way now and then.
eventually 5 eval '[ "$(forward_status unix:/run/mute state)" = full ]'
is 'and says why' full "$(forward_status unix:/run/mute state)"
is 'no file is there: unreachable' unreachable "$(forward_status unix:/nowhere state)"
eventually 12 recorded "$before" ' forward.behind ' '"sekisho.forward.target":"unix:/run/mute"' \
    '"event.reason":"full"' && pass 'that it lags is a record' || fail 'that it lags is a record'

# Our own messages go to a syslog that stands still as well: nothing waits for it.
sandbox_syslog=$(pgrep -f 'syslogcap /dev/log')
kill -STOP "$sandbox_syslog"
/usr/bin/python3 - <<-'END'
	import socket
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.setblocking(False)
	s.connect("/dev/log")
	try:
	    while True: s.send(b"<14>full")
	except BlockingIOError:
	    pass
END
sandbox-daemon restart && pass 'syslog stands still: the daemon starts' ||
	fail 'syslog stands still: the daemon starts'
run timeout 10 /usr/bin/python3 "$assert_lib/frames.py" guess /run/sekisho/pam.sock 200
has 'and decides' '^recorded 200 of 200' "$output"
kill -CONT "$sandbox_syslog"

# What was full takes again.
kill -CONT $pid_mute_unix
eventually 15 complete mute_unix "$from" && pass 'what waited arrives when there is room' ||
	fail 'what waited arrives when there is room' "from $from: $(diff <(sequences mute_unix) <(log_since 0 | awk -v f=$from '$1>=f{print $1}') | head -20; sekisho status --json)"
eventually 8 recorded "$before" ' forward.resumed ' '"sekisho.forward.target":"unix:/run/mute"' &&
	pass 'and that it has is a record' || fail 'and that it has is a record'

# A forwarder that stands still is nobody's business but its targets'.
policy_forward 'journal = no
syslog = unix:/run/target'
sleep 1.2
from=$(($(log_size) + 1))
kill -STOP "$(pgrep -x sekisho-forward)"
time_logins_again
is 'the forwarder stands still: ten logins' 10 "$n"
between 'in about that time as well' 0 "$limit" "$took"
kill -CONT "$(pgrep -x sekisho-forward)"
eventually 12 complete unix "$from" && pass 'and it catches up' || fail 'and it catches up' "from $from"

# ---- only some classes; and without a forwarder -------------------------------------------------------

policy_forward 'journal = no
syslog = unix:/run/target
classes = policy'
sleep 1.2
: >"$work/unix"
login_next user1 10.5.0.1
policy_forward 'journal = no
syslog = unix:/run/target
classes = policy operation'
eventually 5 grep -q 'event="policy.apply"' "$work/unix" && pass 'a chosen class is forwarded' ||
	fail 'a chosen class is forwarded'
hasnt 'another one is not' 'event="access.account"' "$(cat "$work/unix")"
kill -KILL "$(pgrep -x sekisho-forward)"
sleep 1.3
login_next user1 10.5.0.1 && pass 'the forwarder dies: logins go on' || fail 'the forwarder dies: logins go on'
has 'and the log says so' 'forwarder has ended' "$(tail -50 /var/log/sekisho-policyd.log)"

# ---- the real journal -------------------------------------------------------------------------------

journald=/lib/systemd/systemd-journald
if [ -x $journald ]; then
	receiver_end journal
	rm -f /run/systemd/journal/socket
	mkdir -p /run/log/journal
	$journald >/dev/null 2>&1 &
	eventually 5 test -S /run/systemd/journal/socket || fail 'journald starts'
	policy_forward 'journal = yes'
	sandbox-daemon restart
	from=$(($(log_size) + 1))
	login_next user1 10.5.0.1
	sekisho audit head >/dev/null
	journal()
	{
		journalctl -q --no-pager --directory=/run/log/journal SYSLOG_IDENTIFIER=sekisho "$@"
	}
	in_journal()
	{
		journal -o json "$@" >"$work/in-journal" && [ -s "$work/in-journal" ]
	}
	eventually 5 in_journal SEKISHO_USER=user1 SEKISHO_EVENT=access.account SEKISHO_OUTCOME=success &&
		pass 'journalctl finds a record by its fields' || fail 'journalctl finds a record by its fields'
	is 'which is the stored body' "$(log_since "$from" | sed -n 's/^[0-9]* access.account //p' | tail -1)" \
	    "$(/usr/bin/python3 -c 'import json, sys
print(json.loads(open(sys.argv[1]).readlines()[-1])["SEKISHO_RECORD"])' "$work/in-journal")"
	eventually 8 eval 'journal -o short | grep -q sekisho-head'
	run sekisho audit verify --seen <(journal -o short)
	is 'and what journalctl prints verifies' 0 "$status"
	has 'heads and all' '^Heads seen elsewhere: [1-9][0-9]* compared' "$output"
fi
done_testing
