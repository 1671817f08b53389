#!/bin/bash
# No secret in records, logs, argument lists, environments, error texts, or in the memory that
# a core file would show. Distinctive ones are used in every way there is, then searched for.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
short_delays

source=10.10.0.1
secret_file=/run/sekisho-sandbox/secrets/user2

# ---- the canaries --------------------------------------------------------------------------------

# Eight digits, so that no number of anything else is one of them by chance.
password=Canary-p4ssw0rd-quux wrong_password=Canary-gu3ss-frob typed_name=Canary-typed-as-n4me
wrong=90817263
echo "user2:$password" | chpasswd
secret=$(head -c 20 /dev/urandom | base32)
echo "$secret" >$secret_file
uri="otpauth://totp/Canary:user2?secret=$secret&issuer=Canary&digits=8"

code()
{
	oathtool --totp --base32 -d 8 - <$secret_file
}

# What the programs look like while they run: argument lists and environments of ours and sshd.
cat >"$work/sampler.py" <<'PY'
import glob, re, sys, time
seen = set()
while True:
    for path in glob.glob("/proc/[0-9]*"):
        try:
            name = open(path + "/comm").read().strip()
            if not re.match("sekisho|sshd|sudo|su$|login$|passwd|chpasswd", name):
                continue
            for part in ("/cmdline", "/environ"):
                text = open(path + part, "rb").read()
                if (name, text) not in seen:
                    seen.add((name, text))
                    sys.stdout.buffer.write(name.encode() + part.encode() + b" " + text + b"\n")
                    sys.stdout.buffer.flush()
        except OSError:
            pass
    time.sleep(0.002)
PY
/usr/bin/python3 "$work/sampler.py" >"$work/processes" &
sampler=$!

# ---- every way to hand over a secret -------------------------------------------------------------

exec 3>"$work/said" # all that anybody was told, except where the secret is meant to be shown
say()
{
	"$@" 2>&1 | tee -a /dev/fd/3 >/dev/null
}

echo "$uri" | say sekisho factor import user2 --name canary --uri -
# Wrong uses of it, which are answered with an error text.
echo "$uri&digits=77" | say sekisho factor import user2 --name second --uri -
echo "$uri" | say sekisho factor import user2 --name canary --uri -
echo "$secret" >"$work/google"
say sekisho factor import user2 --name third --google-authenticator "$work/google"
mapfile -t recovery < <(sekisho factor recovery-codes user2 --json |
    /usr/bin/python3 -c 'import json, sys
found = json.load(sys.stdin)
found = found if isinstance(found, list) else found["codes"]
print("\n".join(found))')
is 'recovery codes were made' 10 ${#recovery[@]}
mapfile -t glass < <(sekisho break-glass make | grep -o 'BG-[0-9A-Z-]*')
between 'break-glass codes too' 5 20 ${#glass[@]}

us="user=user2 password=$password"
spent=()
use() # WORDS: a login whose outcome is checked
{
	load <<<"$*"
	sed -n 's/.*\tsaid=//p' <<<"$output" >&3
}

sandbox-clock +30s
spent+=("$(code)")
use "$us rhost=$source code=${spent[-1]} open=0"
is 'password and code: in' 1 "$(let_in)"
use "$us rhost=$source code=${spent[-1]}"
is 'the replay: not' 0 "$(let_in)"
use "$us rhost=$source code=$wrong"
use "user=user2 password=$wrong_password rhost=$source"
use "user=user2 password=$wrong_password service=login tty=tty1"
use "user=$typed_name password=$wrong_password rhost=10.10.0.2"
use "user=$typed_name password=$wrong_password service=login tty=tty2"
use "$us rhost=$source code=$password"
use "$us rhost=$source code=${recovery[0]}"
is 'a recovery code: in' 1 "$(let_in)"
use "$us rhost=$source code=${recovery[0]}"
use "$us rhost=$source code=${glass[0]}"
use "$us service=login tty=tty1 code=${glass[1]} glass=${glass[1]}"
is 'break-glass beside the daemon, at the console: in' 1 "$(let_in)"
sandbox-clock +30s
spent+=("$(code)")
SANDBOX_PASSWORDS= say sandbox-ssh -P "$password" user2 "${spent[-1]}" id
sandbox-clock +30s
spent+=("$(code)")
say sandbox-su -P "$password" user1 user2 "${spent[-1]}"
say sandbox-ssh -P "$wrong_password" user2 "$wrong"
# The person's own proofs, over the user's socket.
sandbox-clock +30s
spent+=("$(code)")
frames="setpriv --reuid user2 --regid user2 --init-groups /usr/bin/python3 $assert_lib/frames.py"
say $frames command /run/sekisho/user.sock verb=3 user=user2 name=own password="$password" \
    code="${spent[-1]}" text=1
say $frames command /run/sekisho/user.sock verb=3 user=user2 name=own password="$wrong_password" text=1
say $frames ask /run/sekisho/pam.sock code="$wrong" user="$typed_name"
# While nobody decides, and after it.
sandbox-daemon stop
use "$us rhost=$source code=${spent[0]}"
use "$us service=login tty=tty1 glass=${glass[2]}"
is 'break-glass without the daemon: in' 1 "$(let_in)"
use "$us service=login tty=tty1 glass=${glass[2]}"
use "user=$typed_name password=$wrong_password service=login tty=tty1 glass=${glass[3]}"
sandbox-daemon start
sandbox-clock +2m
spent+=("$(code)")
use "$us rhost=$source code=${spent[-1]}"
is 'after a restart, again a code: in' 1 "$(let_in)"
# Passwords that are judged: refused, accepted, asked about, and while nobody can judge.
new_weak=Canary-xxxxx-2024 new_good='Canary-kX7#mPq2vZ' new_asked='Canary-tL4%wNd9bJ' new_lost='Canary-hB6&zQw3' new_cut='Canary-yT5?rMk8'
say chpasswd <<<"user2:$new_weak"
say chpasswd <<<"user2:$new_good"
printf '%s\n' 'urrent password: => '"$new_good" 'ew password: => '"$new_weak" 'ew password: => short' \
    'ew password: => '"$new_weak" >"$work/script"
timeout 60 "$assert_lib/converse.exp" "$work/script" setpriv --reuid user2 --regid user2 --init-groups passwd >/dev/null 2>&1
# Cut off: while it waits for its judge, while it is judged.
kill -STOP "$(pgrep -x sekisho-judge)"
for i in 1 2 3 4; do
	chpasswd <<<"user2:$new_cut" >/dev/fd/3 2>&1 &
	cut_off[i]=$!
done
sleep 1
kill -KILL "${cut_off[@]}"
wait "${cut_off[@]}" 2>/dev/null
kill -CONT "$(pgrep -x sekisho-judge)"
say chpasswd <<<"user2:$new_good" # as before: it is the newest one
say sekisho password check --user user2 <<<"$new_asked"
say sekisho password check --json <<<"$new_weak"
sandbox-daemon stop
say chpasswd <<<"user2:$new_lost"
sandbox-daemon start
say sekisho log
say sekisho log --json
say sekisho user show user2
say sekisho status
say sekisho policy show
eventually 10 spool_is_empty || fail 'the spool is taken over'
kill $sampler
wait $sampler 2>/dev/null
exec 3>&-

# ---- the search ----------------------------------------------------------------------------------

{
	printf '%s\n' "$new_weak" "$new_good" "$new_asked" "$new_lost" "$new_cut" "$password" "$wrong_password" "$wrong" "$secret" "${secret,,}" "${spent[@]}" \
	    "${recovery[@]}" "${recovery[@]//-/}" "${glass[@]}" "${glass[@]//-/}"
} | sort -u >"$work/canaries"
# The device's key as bytes and as hexadecimal digits.
base32 -d <<<"$secret" >"$work/key"
od -An -v -tx1 <"$work/key" | tr -d ' \n' >>"$work/canaries"

# find_in WHAT FILE...: says which canary is in which file.
find_in()
{
	local what=$1

	shift
	output=$(/usr/bin/python3 - "$work/canaries" "$work/key" "$@" <<-'PY'
		import sys
		canaries = [l.strip().encode() for l in open(sys.argv[1]) if l.strip()]
		canaries.append(open(sys.argv[2], "rb").read())
		for path in sys.argv[3:]:
		    try:
		        data = open(path, "rb").read()
		    except OSError:
		        continue
		    for c in canaries:
		        at = data.find(c)
		        if at >= 0:
		            print("%s: %r at %d: %r" % (path, c, at, data[max(0, at - 40):at + 40]))
		PY
	)
	is "$what: none of $(wc -l <"$work/canaries") canaries" '' "$output"
	output=
}

is 'the search finds what is there' 1 \
    "$(cp "$work/canaries" "$work/self"; find_in self "$work/self" | grep -c '^not ok')"
find_in 'store, write-ahead log' $state/*
find_in 'what is read back from it' <("$tools/redecide" -p $state)
has 'the syslog is not empty' pam_sekisho "$(tail -500 /var/log/syslog-capture)"
find_in 'syslog, the log of the daemon and of sshd' /var/log/syslog-capture \
    /var/log/sekisho-policyd.log /var/log/sshd-2222.log
find_in '/run' $(find /run/sekisho /run/sekisho-spool -type f)
find_in '/etc/sekisho' $(find /etc/sekisho -type f)
has 'the processes were seen' '^sekisho-policyd/cmdline' "$(tr '\0' ' ' <"$work/processes")"
has 'chpasswd too' '^chpasswd/cmdline' "$(tr '\0' ' ' <"$work/processes")"
has 'sshd too' '^sshd/cmdline' "$(tr '\0' ' ' <"$work/processes")"
find_in 'argument lists and environments' "$work/processes"
find_in 'all that anybody was told' "$work/said"
is 'nor is a name that does not exist, which may be a password, in the log' 0 \
    "$(log_since 0 | count "$typed_name")"

# Core files: none can come, and the memory would not show them either.
for pid in $(pgrep '^sekisho-'); do
	name=$(<"/proc/$pid/comm")
	has "$name: no core file" '^Max core file size +0 +0 ' "$(<"/proc/$pid/limits")"
	if [ "$name" = sekisho-policyd ]; then
		is "$name: not dumpable, so root's to its owner" root "$(stat -c %U "/proc/$pid/mem")"
	fi
	/usr/bin/python3 - "$pid" >"$work/memory-$name" <<-'PY'
		import sys
		pid = sys.argv[1]
		with open("/proc/%s/mem" % pid, "rb") as mem:
		    for line in open("/proc/%s/maps" % pid):
		        span, modes = line.split()[:2]
		        if "r" not in modes or "[v" in line:
		            continue
		        low, high = (int(x, 16) for x in span.split("-"))
		        try:
		            mem.seek(low)
		            sys.stdout.buffer.write(mem.read(high - low))
		        except (OSError, ValueError):
		            pass
	PY
	is "$name: its memory was read" yes "$(grep -q 'sekisho-' "$work/memory-$name" && echo yes)"
	find_in "$name: memory" "$work/memory-$name"
done

redecide_all
done_testing
