# Sourced by run: a host from its first package to the last, as README.md says it.

machine_make "$PWD/build/boot/root"
# Nothing of ours is in it yet.
machine_boot $console || { tail -n 20 $console; skip "a systemd does not boot here"; }
people_make alice bob carol $(printf 'u%02d ' {1..20})
cp -a $machine/etc/pam.d /run/pam.d.before
works "before: a password is enough" login bob -

# ---- install -----------------------------------------------------------------------------------
works "install" shell 'dpkg -i /debs/now/*.deb'
is_active "installed, the daemon runs" sekisho-policyd.service
is_active "the warden came" sekisho-warden.service
works "installed, a password is enough still: nothing asks Sekisho" login bob -
is "no file of a service was changed" "" "$(diff -r /run/pam.d.before $machine/etc/pam.d | grep -v 'Only in .*: sekisho$')"
run shell 'systemd-analyze verify --man=no /lib/systemd/system/sekisho-*'
is "systemd-analyze verify prints nothing" "" "$output"
works "systemd-analyze security: 1.5 or better" machine_run systemd-analyze security --threshold=15 --no-pager sekisho-policyd.service
run shell 'p=$(systemctl show -P MainPID sekisho-policyd)
	awk "/^Uid|^CapBnd|^CapEff|^NoNewPrivs|^Seccomp:/ {print \$1, \$2}" /proc/$p/status | tr "\n" " "; id -u sekisho'
is "the daemon: its own user, no capability, no new privileges, filtered" \
	"Uid: ${output##* } CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 ${output##* }" "$output"

# ---- turn on -----------------------------------------------------------------------------------
works "people have devices" people_enrol alice carol $(printf 'u%02d ' {1..20})
works "setup turns it on" shell 'sekisho setup --profile everybody --yes </dev/null'
works "and watches for the confirmation" machine_run systemctl is-active sekisho-rollback.timer
terminal=yes login_in_time alice 'sudo sekisho setup --confirm'
is "confirmed from a new login" 0 "$status"

# ---- use ---------------------------------------------------------------------------------------
# used WHEN: by ssh with a code, then sudo in that session.
used() {
	run login bob -
	isnt "$1: a password alone is not enough" 0 "$status"
	terminal=yes login_in_time alice 'sudo id -un; loginctl --no-legend list-sessions'
	is "$1: ssh with a code" 0 "$status"
	has "$1: and sudo" '^root' "$output"
	has "$1: logind knows the session" ' alice ' "$output"
}
used "turned on"
run shell 'sekisho log --user alice --json | tail -n 20'
has "the login is in the log" '"event.action": ?"session.open"' "$output"

# ---- the host is tested by its timer -------------------------------------------------------------
# What root finds by hand, unconfined (but inside what the machine itself may not), and the unit the same.
shell 'touch /run/reboot-required; cp /usr/bin/sleep /usr/sbin/dropbear
	systemd-run -q --uid=bob --unit=other-logins /usr/sbin/dropbear 600'
by_hand=$(machine_run systemd-run -q --pipe --wait sekisho check --probe --json | python3 -c 'import json, sys
state = {"failed": set(), "unknown": []}
for f in json.load(sys.stdin):
    if f["state"] == "failed": state["failed"].add(f["check"])
    if f["state"] == "unknown": state["unknown"].append(f["check"])
print(",".join(sorted(state["failed"])), len(state["unknown"]))')
has "by hand: what was planted is found" '^host-current,other-logins' "$by_hand"
is_active "the timer waits" sekisho-check.timer
is "by itself it did not run yet" "" "$(shell 'sekisho log --json --event check.run')"
works "it is told to run now" shell 'mkdir -p /run/systemd/system/sekisho-check.timer.d
	printf "[Timer]\nOnCalendar=\nOnActiveSec=1s\nRandomizedDelaySec=0\n" >/run/systemd/system/sekisho-check.timer.d/now.conf
	systemctl daemon-reload && systemctl restart sekisho-check.timer'
tested() { [ -n "$(shell 'sekisho log --json --event check.run')" ]; }
eventually 60 tested
for _ in {1..100}; do
	[ "$(machine_run systemctl show -P ActiveState sekisho-check.service)" = activating ] || break
	sleep 0.2
done
is "the timer's run ended well" success "$(machine_run systemctl show -P Result sekisho-check.service)"
run shell 'sekisho log --json --event check.run'
by_timer=$(python3 -c 'import json, sys
r = json.loads(sys.stdin.readlines()[-1])
print(",".join(sorted(r["sekisho.check.failing"].replace(" ", "").split(","))), r["sekisho.check.unknown"])' <<<"$output")
is "it finds what was found by hand, confined as it is" "$by_hand" "$by_timer"
has "each is a record" '"sekisho.check.name":"' "$(shell 'sekisho log --json --event check.finding')"
alerted() { shell 'sekisho log --json --event alert.raise' | grep -q '"check-failed"'; }
works "and an alert" eventually 10 alerted
shell 'systemctl stop other-logins; rm /usr/sbin/dropbear /run/reboot-required'
works "once more, when it is mended" machine_run systemctl start sekisho-check.service
has "nothing fails" '"event.outcome":"success"' "$(shell 'sekisho log --json --event check.run | tail -n 1')"

machine_off
machine_boot $console || exit 1
is_active "rebooted, the daemon runs" sekisho-policyd.service
used "rebooted"

# ---- the daemon is killed, its keys are lost -----------------------------------------------------
shell 'kill -KILL $(systemctl show -P MainPID sekisho-policyd)'
works "killed: the next question waits for the new one" machine_run sekisho status
login_in_time carol
is "killed: ssh with a code" 0 "$status"
shell 'mv /etc/sekisho/key /root/key; systemctl restart sekisho-policyd' >/dev/null 2>&1
shell 'for _ in {1..100}; do systemctl -q is-active sekisho-away.target && break; sleep 0.1; done'
is_active "without its key it is away" sekisho-away.target
works "and its sockets are gone" shell '! ls /run/sekisho/*.sock 2>/dev/null'
works "root's own su goes on" machine_run su -c true alice
shell 'mv /root/key /etc/sekisho/key; systemctl start sekisho-policyd'
is_active "with its key it is back" sekisho-policyd.service
works "and answers" machine_run sekisho status

# ---- upgrade under logins ------------------------------------------------------------------------
# Twenty log in: some before the new package is there, some while it is unpacked, and five just when
# the old daemon goes and the new one comes.
login_in_time u01
is "the first of twenty is in" 0 "$status"
since=$(machine_run systemctl show -P ActiveEnterTimestampMonotonic sekisho-pam.socket)
rm -rf /run/logins && mkdir /run/logins
old=$(machine_run systemctl show -P MainPID sekisho-policyd)
for n in {02..20}; do
	[ ${n#0} -lt 16 ] || for _ in {1..300}; do
		[ "$(machine_run systemctl show -P MainPID sekisho-policyd)" = "$old" ] || break
		sleep 0.1
	done
	(login u$n "$(code u$n)" >/run/logins/$n.out 2>&1; echo $? >/run/logins/$n) &
	logins[10#$n]=$!
	[ $n != 08 ] || {
		(shell 'dpkg -i /debs/later/*.deb' >/run/logins/dpkg.out 2>&1; echo $? >/run/logins/dpkg) &
		dpkg=$!
	}
	sleep 0.1
done
shell 'while [ ! -e /root/enough ]; do timeout 10 sekisho status >/dev/null || echo failed; sleep 0.05; done' \
	>/run/logins/asked 2>&1 &
asking=$!
wait "${logins[@]}" $dpkg
touch $machine/root/enough
wait $asking
is "upgrade: dpkg" 0 "$(cat /run/logins/dpkg)"
is "upgrade: twenty logins, none failed" "19 0" "$(cat /run/logins/?? | sort | uniq -c | tr -s ' ' | sed 's/^ //')"
grep -L "^u" /run/logins/[0-9]*.out | head -n 3 | xargs -r tail -n 5
is "upgrade: no question met a closed socket" "" "$(cat /run/logins/asked)"
is "upgrade: the sockets stayed open" "$since" "$(machine_run systemctl show -P ActiveEnterTimestampMonotonic sekisho-pam.socket)"
# Did it happen while they logged in? Decisions before and after the start of the new daemon say so.
order=$(shell 'sekisho log --json --limit 1000' | grep -oE '"event.action": ?"(daemon.start|session.open)"' | cut -d'"' -f4)
has "upgrade: logins before the new daemon's start, and after it" '^[1-9][0-9]* [1-9][0-9]*$' \
	"$(awk '$1 == "daemon.start" { was = now; now = 0 } $1 == "session.open" { now++ } END { print was, now }' <<<"$order")"
has "upgrade: the new one is there" later "$(machine_run dpkg-query -W -f '${Version} ' sekisho libpam-sekisho)"
is_active "upgraded, the daemon runs" sekisho-policyd.service

# ---- power cut -----------------------------------------------------------------------------------
machine_cut
machine_boot $console || exit 1
used "after a power cut"
works "the log is whole" machine_run sekisho audit verify

# ---- remove --------------------------------------------------------------------------------------
works "remove the module" machine_run dpkg -r libpam-sekisho
works "removed: a password is enough again" login bob -
is "removed: no line names the module" "" "$(grep -l '^[^#]*pam_sekisho' $machine/etc/pam.d/* 2>/dev/null)"
terminal=yes run login alice - 'sudo id -un'
has "removed: sudo asks for the password" '^root' "$output"
works "remove the plugins of sudo" machine_run dpkg -r sekisho-sudo
terminal=yes run login alice - 'sudo id -un'
has "removed: sudo works without them" '^root' "$output"
works "remove the rest" machine_run dpkg -r libnss-sekisho sekisho
works "gone: a password is enough" login bob -
run machine_run dpkg -P libpam-sekisho sekisho-sudo libnss-sekisho sekisho
is "purge" 0 "$status"
has "purge says where the log is" '/var/lib/sekisho' "$output"
works "purged: the log is kept" test -s $machine/var/lib/sekisho/sekisho.db
works "purged: a password is enough" login carol -
is "nothing of ours is left running" "" "$(machine_run systemctl list-units --no-legend --plain 'sekisho*')"
machine_off
