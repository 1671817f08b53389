#!/bin/bash
# What a user of this host can do to the daemon through the socket that is open to all.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
short_delays

socket=/run/sekisho/user.sock

as_user()
{
	setpriv --reuid "$1" --regid "$1" --init-groups -- "${@:2}"
}

# python USER: runs standard input as that user, with frames.py at hand as F.
python()
{
	as_user "$1" /usr/bin/python3 -c "import sys; sys.path.insert(0, '$assert_lib')
import frames as F
$(cat)"
}

# ---- records without end -------------------------------------------------------------------------

# flood USER VERB COUNT WORD...: so many commands, as fast as they are answered.
flood()
{
	python "$1" <<-EOF2
		message = F.frame(F.COMMAND, F.fields(F.COMMAND_FIELDS, dict(
		    [("verb", $2)] + [w.split("=", 1) for w in "${*:4}".split()])))
		for i in range($3):
		    F.exchange("$socket", message, timeout=30)
	EOF2
}

daemon=$(sandbox-daemon pid)
for verb in status:1 purpose:2 factor-list:5 user-show:11 session-list:16 explain:24; do
	since=$(log_size)
	flood user1 ${verb#*:} 100 password=guess code=000000
	between "100 times ${verb%:*} with a password and a code: records" 0 5 \
	    $(($(log_size) - since))
done
since=$(log_size)
flood user2 3 200 password=guess name=x
between '200 times enroll with a wrong password: records' 5 100 $(($(log_size) - since))
output=
is 'the daemon is the same' "$daemon" "$(sandbox-daemon pid)"

# Denied without a charge: whoever has the password, here their own, can do that all day.
since=$(log_size)
for i in {1..250}; do
	job user1 '' '' service=su tty=pts/7 real=7001
done >"$work/jobs"
load -j 100 <"$work/jobs"
is '250 times the right password and no code: none gets in' 0 "$(let_in)"
between 'records' 60 150 $(($(log_size) - since))
counted_since()
{
	log_since "$since" | sed -n 's/.* authentication.refusals .*"L:7001:.*"sekisho.count":\([0-9]*\).*/\1/p' |
	    awk '{ n += $1 } END { print n + 0 }'
}
all_told()
{
	[ $(($(reasons "$since" no-code locked) + $(counted_since))) -eq 250 ]
}
sandbox-clock +11s # what is counted is written
is 'and every one is in them' yes "$(eventually 20 all_told && echo yes)"

# ---- from the password to a new device ------------------------------------------------------------

# enrol WORD...: as somebody who knows the password of auditor1 and sits in their session.
enrol()
{
	python auditor1 <<-EOF2
		words = dict(w.split("=", 1) for w in "$*".split())
		def ask(**values):
		    table = dict(F.COMMAND_FIELDS, verified_by=(7, "s"), verified_how=(8, "s"))
		    message = F.frame(F.COMMAND, F.fields(table, values))
		    return F.decode(F.exchange("$socket", message, timeout=30))
		version = __import__("json").loads(ask(verb=2)[1])["version"]
		reply, payload = ask(verb=3, name="mine", text=version, **words)
		print(reply, payload)
	EOF2
}

# The sandbox lets people enrol their first device with the password alone.
run enrol "password=$(password auditor1)"
hasnt 'who has a device: not with the password' otpauth "$output"
run as_user auditor1 sekisho factor lost
is 'a loss is reported, without a proof' 0 "$status"
run enrol "password=$(password auditor1)"
hasnt 'which makes the password no better' otpauth "$output"
run sekisho factor return auditor1 imported
is 'root looks into it and takes the device back' 0 "$status"
since=$(log_size)
run enrol "password=$(password auditor1) verified_by=minister verified_how=passport"
has 'then they begin anew' otpauth "$output"
hasnt 'but nobody says of themselves who verified them' minister "$(log_since "$since")"
hasnt 'nor in the register' minister "$(sekisho factor list auditor1 --json)"

# ---- a row of one person that was altered --------------------------------------------------------

# ask_code USER UID: as a screen locker does.
ask_code()
{
	python "$1" <<-EOF2
		message = F.frame(F.PAM, F.question(phase=4, user="$1", uid=$2, service="swaylock",
		    rhost="", tty="", code="123456"))
		print((F.decode(F.exchange("$socket", message, timeout=10))[0] or {}).get("text"))
	EOF2
}

sandbox-daemon stop
/usr/bin/python3 -c "import sqlite3; c = sqlite3.connect('$state/sekisho.db'); c.execute(
'UPDATE devices SET sealed = zeroblob(60) WHERE user = (SELECT id FROM users WHERE name = ?)',
('approver1',)); c.commit()" || fail 'a row is altered'
sandbox-daemon start
daemon=$(sandbox-daemon pid)
run ask_code approver1 "$(id -u approver1)"
has 'a secret that does not open: its owner is told' 'cannot be recorded' "$output"
run sandbox-daemon wait
login_next user1 10.9.0.1
is 'everybody else gets in' 1 "$(let_in)"
output=
is 'by the same daemon' "$daemon" "$(sandbox-daemon pid)"

# ---- more numbers than one: whoever has subordinate uids has thousands ----------------------------

/usr/bin/python3 - "$socket" >"$work/crowd" <<'EOF2' &
import os, socket, sys, time
def idle():
    kept = []
    for _ in range(16):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            s.connect(sys.argv[1])
            kept.append(s)
        except OSError:
            pass
    return kept
for uid in range(20000, 20150):
    if os.fork() == 0:
        os.setgroups([]), os.setgid(uid), os.setuid(uid)
        kept = idle()
        time.sleep(2.5)
        os._exit(0)
time.sleep(0.5)
print("crowded", flush=True)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
EOF2
crowd=$!
eventually 10 grep -q crowded "$work/crowd"
login_next user1 10.9.0.1
is 'beside 2,400 idle connections of 150 uids: a login works' 1 "$(let_in)"
run sekisho status
is "and root's commands" 0 "$status"
kill $crowd
wait $crowd

redecide_all
done_testing
