#!/bin/bash
# Where does it come from? What a login over the network leaves behind (a job, a process that
# outlives it) has no address; administration from there still needs a second factor of its own.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"

# The shipped policy: no rule asks for a code, only the floor does.
sed '/^\[lockout\]/,$d' "$here/../../conf/policy.conf" >"$work/policy.conf"
cp "$work/policy.conf" /etc/sekisho/policy.conf
short_delays

# agent NAME: reads lines "FILE COMMAND" and runs them, until it is told "end".
agent=$(mktemp -d /tmp/origin.XXXXXX)
chmod 755 "$agent"
cat >$agent/run <<'EOS'
#!/bin/bash
while [ -p "$1" ]; do
	# Whoever wrote the last line may close it only now: that is no end.
	read -r out command <"$1" || continue
	[ "$out" != end ] || exit 0
	bash -c "$command" >"$out.new" 2>&1 </dev/null
	echo "status=$?" >>"$out.new"
	mv "$out.new" "$out"
done
EOS
chmod 755 $agent/run
mkfifo -m 666 $agent/ssh $agent/cron

# ask AGENT COMMAND: its output and status.
ask()
{
	rm -f $agent/out/$1
	echo "$agent/out/$1 $2" >$agent/$1
	eventually 20 test -e $agent/out/$1
	output=$(cat $agent/out/$1 2>&1)
}
install -d -m 777 $agent/out

# as sudo -S reads them: the password, then a code or an empty line.
sudo_with()
{
	echo "printf '%s\n' '$(password user1)' '$1' '' | sudo -k -S $2"
}

asked_for_code()
{
	has "$1" 'status=[^0]' "$output"
	hasnt "$1: it did not run" 'root$' "$output"
}

# ---- a process that outlives its login -----------------------------------------------------------

run sandbox-ssh user1 - "setsid $agent/run $agent/ssh >/dev/null 2>&1 & cat /proc/self/sessionid"
is 'an ssh login leaves a process behind' 0 "$status"
ask ssh 'cat /proc/self/sessionid'
isnt 'which still has its audit session' 4294967295 "$(head -1 <<<"$output")"
ask ssh "$(sudo_with '' 'id -un')"
asked_for_code 'after the logout, sudo without a code'
sandbox-clock +30s
ask ssh "$(sudo_with "$(sandbox-code user1)" 'sleep 600') & sleep 1; pgrep -x sleep >/dev/null && echo runs"
has 'with a code it runs' 'runs$' "$output"
ask ssh "$(sudo_with '' 'id -un')"
asked_for_code 'while that one runs, another sudo without a code'
is 'and no login of root is seen in it' '' "$(sekisho session list --json | grep -o '{[^}]*"login":true[^}]*}' |
    grep '"user":"root"')"
echo end >$agent/ssh
pkill -x -P 1 sleep
killall -q sleep

# ---- a job ---------------------------------------------------------------------------------------

/usr/bin/python3 - $agent/run $agent/cron <<'EOF2' &
import ctypes, os, sys
class Conv(ctypes.Structure):
    _fields_ = [("conv", ctypes.c_void_p), ("data", ctypes.c_void_p)]
pam, handle, conv = ctypes.CDLL("libpam.so.0"), ctypes.c_void_p(), Conv()
ok = pam.pam_start(b"cron", b"user1", ctypes.byref(conv), ctypes.byref(handle)) or \
    pam.pam_set_item(handle, 3, b"cron") or pam.pam_acct_mgmt(handle, 0) or \
    pam.pam_open_session(handle, 0)
if ok:
    sys.exit("cron: PAM says %d" % ok)
os.setgid(7001), os.setgroups([]), os.setuid(7001)
os.execv(sys.argv[1], sys.argv[1:])
EOF2
ask cron 'cat /proc/self/sessionid'
isnt 'a job has an audit session' 4294967295 "$(head -1 <<<"$output")"
since=$(log_size)
ask cron "$(sudo_with '' 'id -un')"
asked_for_code 'sudo in a job without a code'
echo end >$agent/cron
rm -rf $agent

# ---- a borrowed login identity -------------------------------------------------------------------

# Whoever has none yet, as services have, may give themselves anybody's. Guesses made so are not
# the owner's.
cat >"$work/guess.py" <<'EOF2'
import os, pty
open("/proc/self/loginuid", "w").write("7001")
for i in range(6):
    pid, fd = pty.fork()
    if pid == 0:
        os.execv("/bin/su", ["su", "user1", "-c", "true"])
    said = b""
    while not said.endswith(b"assword: "):
        said += os.read(fd, 1000)
    os.write(fd, b"wrong\n")
    try:
        while os.read(fd, 1000):
            pass
    except OSError:
        pass
    os.waitpid(pid, 0)
EOF2
since=$(log_size)
chmod 755 "$work" && setpriv --reuid 7002 --regid 7002 --clear-groups \
    /usr/bin/python3 "$work/guess.py" || fail 'a login identity is borrowed'
is 'six guesses under a borrowed login identity: five are evaluated' 5 \
    "$(reasons "$since" wrong-password)"
sandbox-clock +30s
run sandbox-ssh -t user1 auto 'sudo true; sudo -k id -un'
has 'and its owner is not locked out of sudo' 'root' "$output"
hasnt 'nor told so' 'Too many' "$output"

redecide_all
done_testing
