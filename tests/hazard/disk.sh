#!/bin/bash
# The state directory full, read-only or failing: nobody gets in unrecorded, what was there
# survives, administrators use the reserve, break-glass works and becomes a record later.
. "$(dirname "$0")/lib.sh"
hazard_enter -- "$@"
short_delays

attempts=${ATTEMPTS:-$(full 2000 100000)}
source=10.5.0.1

said()
{
	sed -n 's/.*\tsaid=//p' <<<"$output"
}

# Everybody from a known source and console, and break-glass codes, while all is well.
sekisho break-glass make >"$work/card"
mapfile -t glass < <(grep -o 'BG-[0-9A-Z]*-[0-9A-Z]*-[0-9A-Z]*-[0-9A-Z]*' "$work/card")
between 'break-glass codes were made' 5 20 ${#glass[@]}
# Who is told when it is full, though nothing can be recorded then.
mkdir -p /etc/sekisho/alert.d
printf '#!/bin/sh\ncat >>%s/pages\n' "$work" >/etc/sekisho/alert.d/page
chmod 755 /etc/sekisho/alert.d/page
printf '\n[alerts]\nto = command /etc/sekisho/alert.d/page\n' >>/etc/sekisho/policy.conf
sekisho policy apply >/dev/null
disk_make 32
sandbox-daemon start
for user in user1 admin1; do
	login_next $user $source || fail "$user gets in while there is space" "$output"
done

# unrecorded SEQ: logins that the driver saw succeed but that have no account record.
# What was decided along with a code and then overtaken is there twice.
unrecorded()
{
	echo $((entered - $(log_since "$1" | count ' access.account ' '"event.outcome":"success"') +
	    $(log_since "$1" | count ' account.unasked ')))
}

# glass_works WHAT CODE: at the console; and never twice, never over the network.
glass_works()
{
	load <<<"user=user1 service=login tty=tty1 password=$(password user1) glass=$2 code=$2 open=0"
	is "$1: a break-glass code lets in at the console" 1 "$(let_in)"
	load <<<"user=user1 service=login tty=tty1 password=$(password user1) glass=$2 code=$2 open=0"
	is "$1: the same code not again" 0 "$(let_in)"
	load <<<"user=user1 rhost=$source tty=ssh password=$(password user1) glass=$3 code=$3"
	is "$1: an unused one not over the network" 0 "$(let_in)"
}

glass_records()
{
	log_since "$1" | count ' authentication.break-glass ' '"event.outcome":"success"' \
	    '"sekisho.reported":true'
}

# ---- full ----------------------------------------------------------------------------------------

since=$(log_size) before=$(log_size) entered=0
dd if=/dev/zero of=$state/ballast bs=64k 2>/dev/null
sync -f $state
has 'the disk is full' '100%' "$(df $state)"
# What is preallocated serves everybody; then only the reserve is left. Guesses use most of it up.
run /usr/bin/python3 "$assert_lib/frames.py" guess /run/sekisho/pam.sock 800
has 'guesses are recorded while there is room' '^recorded 800 of 800' "$output"
since=$(log_size)
for ((n = 0; n < 600; n++)); do
	login_next user1 $source || break
	entered=$((entered + 1))
done
full_output=$output
is "full: user1 is refused after $n more logins" 0 "$(let_in)"
has 'full: and told why' 'disk.*full' "$(said)"
is 'full: each login that was granted is recorded' 0 "$(unrecorded "$since")"
login_next admin1 $source
is 'full: admin1 gets in on the reserve' 1 "$(let_in)"
login_next user1 $source
is 'full: user1 still does not' 0 "$(let_in)"
for i in 1 2 3 4 5; do
	login_next admin1 $source || break
done
is 'full: admin1 gets in five times more' 1 "$(let_in)"
eventually 10 grep -q '"alert":"disk-nearly-full".*is full' "$work/pages"
has 'full: an alert says so' '"alert":"disk-nearly-full".*is full' "$(cat "$work/pages")"
has 'full: syslog says so' 'sekisho-policyd.*full' "$(tail -2000 /var/log/syslog-capture)"
figure 'full disk: logins of user1 until refused, then admin1 on the reserve' "$n, yes"
rm $state/ballast
is 'space again: how many were refused is a record' yes "$(eventually 10 recorded "$since" \
    ' daemon.disk ' '"event.reason":"(ok|low)"' '"sekisho.refused.full":' && echo yes)"
login_next user1 $source
is 'space again: user1 gets in' 1 "$(let_in)"
is 'space again: once' 1 "$(log_since "$since" | count ' daemon.disk ' '"sekisho.refused.full":')"
is 'space again: no record was lost' "$before" \
    "$(log_since 0 | awk -v n="$before" '$1 <= n' | wc -l)"
redecide_all
sandbox-events disk-full $state

# ---- failing: the file system under the running daemon gives errors ------------------------------

since=$(log_size) entered=0
daemon_hold
disk_cut
load <<<"$(job user1 $source "$(sandbox-code --next user1)" open=0)"
is 'failing: nobody gets in' 0 "$(let_in)"
has 'failing: and is told' 'cannot be recorded|does not answer' "$(said)"
load <<<"$(job admin1 $source "$(sandbox-code admin1)" open=0)"
is 'failing: nor does admin1' 0 "$(let_in)"
has 'failing: the daemon said why' 'cannot be written' "$(tail -30 /var/log/sekisho-policyd.log)"
glass_works failing "${glass[0]}" "${glass[1]}"
disk_drop && disk_mount
sandbox-daemon start
is 'failing: afterwards the break-glass login is a record' yes \
    "$(eventually 10 eval '[ "$(glass_records $since)" -gt 0 ]' && echo yes)"
is 'failing: what was recorded before is there' yes \
    "$([ "$(log_size)" -ge "$since" ] && echo yes)"
sandbox-clock +2m
login_next user1 $source
is 'failing, mended: user1 gets in' 1 "$(let_in)"

# ---- read-only -----------------------------------------------------------------------------------

since=$(log_size)
sandbox-daemon stop
since=$(log_size)
disk_drop && disk_mount ro
logged=$(wc -l </var/log/sekisho-policyd.log)
rm -f /run/sekisho-sandbox/hold
tried()
{
	tail -n +$((logged + 1)) /var/log/sekisho-policyd.log | grep -q 'ended with status'
}
eventually 10 tried || fail 'read-only: the daemon tried to start'
daemon_hold
load <<<"$(job admin1 $source "$(sandbox-code --next admin1)" open=0)"
is 'read-only: nobody gets in' 0 "$(let_in)"
has 'read-only: the daemon said why' 'read-only' "$(tail -30 /var/log/sekisho-policyd.log)"
glass_works read-only "${glass[2]}" "${glass[3]}"
# /etc read-only as well: the code is burned in memory, and stays so when it can be written.
mount --bind /etc/sekisho /etc/sekisho && mount -o remount,ro,bind /etc/sekisho
glass_works 'read-only /etc too' "${glass[4]}" "${glass[5]}"
disk_drop && disk_mount
sandbox-daemon start
is 'read-only: afterwards both are records' yes \
    "$(eventually 10 eval '[ "$(glass_records $since)" -ge 2 ]' && echo yes)"
eventually 10 spool_is_empty || fail 'read-only: the spool has been emptied'
sandbox-daemon stop
load <<<"user=user1 service=login tty=tty1 password=$(password user1) glass=${glass[4]}"
is 'read-only: the code burned in memory is still burned' 0 "$(let_in)"
umount /etc/sekisho
load <<<"user=user1 service=login tty=tty1 password=$(password user1) glass=${glass[4]}"
is 'and when /etc can be written again' 0 "$(let_in)"
load <<<"user=user1 service=login tty=tty1 password=$(password user1) glass=${glass[5]}"
is 'while an unused one works' 1 "$(let_in)"
load <<<"user=user1 service=login tty=tty1 password=$(password user1) glass=${glass[4]}"
is 'and the burned one never' 0 "$(let_in)"
sandbox-daemon start
redecide_all
sandbox-daemon stop
disk_drop

# ---- strangers cannot fill it --------------------------------------------------------------------

sandbox-daemon start
sandbox-clock +31m
store_bytes()
{
	echo $(($(stat -c %s $state/sekisho.db) + $(stat -c %s $state/sekisho.db-wal)))
}
# What the records themselves take: the file is allocated ahead in pieces.
used_bytes()
{
	/usr/bin/python3 -c 'import sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
one = lambda q: db.execute(q).fetchone()[0]
print((one("PRAGMA page_count") - one("PRAGMA freelist_count")) * one("PRAGMA page_size"))' \
	    $state/sekisho.db
}
# Real guesses lock the lane first; then the flood goes straight to the socket.
for i in 1 2 3 4 5 6; do
	echo "user=user2 rhost=10.5.9.9 password=guess"
done | "$tools/pamload" >/dev/null
# strangers HOW ARGUMENT...: their attempts are refused, and what that adds is bounded.
strangers()
{
	local bytes used since grown counted refused before

	bytes=$(store_bytes) used=$(used_bytes) since=$(log_size)
	run /usr/bin/python3 "$assert_lib/frames.py" "$2" /run/sekisho/pam.sock "${@:3}"
	refused=$(sed -n "s/^refused \([0-9]*\) of $3.*/\1/p" <<<"$output")
	before=$(sed -n "s/.* and \([0-9]*\) until.*/\1/p" <<<"$output")
	# Meanwhile the budgets of many addresses drain a little.
	between "$1: $3 attempts are refused" $(($3 * 95 / 100)) "$3" "$refused"
	output=
	grown=$(($(used_bytes) - used))
	# The first of each kind are written whole, then it goes slowly.
	between "$1: they add less than 10 MB for 100,000 (records: $grown bytes)" -999999 \
	    $((500000 + $3 * 95)) $grown
	between "$1: and so do the files" -9999999 9999999 $(($(store_bytes) - bytes))
	figure "$3 refused attempts, $1: bytes of records, of files; records" \
	    "$grown, $(($(store_bytes) - bytes)); $(($(log_size) - since))"
	# Every one is counted, at the latest when the longest period is over.
	sandbox-clock +10m
	all_counted()
	{
		counted=$(log_since "$since" | grep ' authentication.refusals ' | grep -o '"sekisho.count":[0-9]*' |
		    awk -F: '{ n += $2 } END { print n + 0 }')
		counted=$((counted + $(reasons "$since" locked source-locked)))
		[ "$counted" -ge $((refused + before)) ]
	}
	eventually 10 all_counted
	sleep 1.2 # what is written later would be taken for the next ones'
	all_counted
	between "$1: the log accounts for every one" $((refused + before)) \
	    $((refused + before)) "$counted"
}

strangers 'one account from many addresses' flood "$attempts"
strangers 'many names from one address' spray "$attempts" 1000
strangers 'many names from many addresses' spray "$attempts" 1000 $(full 50 200)

redecide_all
done_testing
