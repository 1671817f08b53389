#!/bin/bash
# sekisho check on the live host: a sound one passes, and each planted fault is found by its name
# and by nothing else; what was found becomes records and alerts; what is not recorded is signed
# off for a time.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "${held-}" ] || kill $held' EXIT
export LANG=C.UTF-8

records() { sekisho log --json --limit 500 "$@"; }

# findings STATE: their names, each once.
findings()
{
	sekisho check --json | python3 -c '
import json, sys
print(" ".join(sorted({f["check"] for f in json.load(sys.stdin) if f["state"] == sys.argv[1]})))' "$1"
}

# planted WHAT FINDING COMMAND UNDO: that finding fails, no other does.
planted()
{
	eval "$3"
	is "$1" "$2" "$(findings failed)"
	eval "$4"
}

edited() { cp -a "$1" "$work/before" && eval "$2"; }
undo() { cp -a "$work/before" "$1"; }

sekisho break-glass make --count 2 >/dev/null
# The sandbox gives an everyday account all of sudo, and says of no shared account why it is there.
sed -i '/^user1 ALL/d' /etc/sudoers
sed -i '/^\[account oracle1\]/a reason = the database\napproved_by = Sato' /etc/sekisho/policy.conf
sekisho policy apply >/dev/null

# ---- a sound host ------------------------------------------------------------------------------

run sekisho check --full
is 'a sound host' 0 "$status"
is 'nothing fails' '' "$(findings failed)"
is 'nothing is unknown' '' "$(findings unknown)"
has 'the summary says so' '0 failed' "$output"
run sekisho check
has 'in short: how much is in order' '^In order: [1-9][0-9]*\. sekisho check --full' "$output"
hasnt 'and not what' '^ok ' "$output"
has 'what only standards ask for is one advice' \
    'policy leaves out what standards ask for: .*notice-shown.*policy-by-two.*sekisho check --full' \
    "$(tr -s ' \n' ' ' <<<"$output")"
is 'none of them alone' '' "$(grep -E '^advice +(notice-shown|plan-kept|policy-by-two):' <<<"$output")"
has 'and what is worth its line has it' '^advice +services-recorded: ' "$output"
is 'each test of the man page is made, and no other' \
    "$(grep -oE '^\.It Li [a-z-]+ Pq' "$SANDBOX_TREE/docs/man/sekisho.1" | cut -d' ' -f3 | sort)" \
    "$(sekisho check --json | python3 -c '
import json, sys
print("\n".join(sorted({f["check"] for f in json.load(sys.stdin)})))')"
run sekisho check --record
is 'recorded' 0 "$status"
has 'as a success' '"event.action":"check.run","event.outcome":"success"' "$(records --event check.run)"
is 'without findings' '' "$(records --event check.finding)"
run setpriv --reuid user1 --regid user1 --clear-groups sekisho check --record
isnt 'nobody but root records' 0 "$status"
is 'no record of it' 1 "$(records --event check.run | wc -l)"

# ---- what is not recorded, signed off ----------------------------------------------------------

has 'at first it is advice' 'services-recorded' "$(findings advice)"
run sekisho check --sign-off 'local tools' --until 2020-01-01
is 'not into the past' 1 "$status"
run sekisho check --sign-off 'local tools only'
is 'signed off' 0 "$status"
has 'what it was is said' '^  chsh$' "$output"
has 'and recorded' '"sekisho.comment":"local tools only".*"sekisho.check.unrecorded":\[.*"chsh"' \
    "$(records --event check.sign-off)"
hasnt 'then it is well' 'services-recorded' "$(findings advice) $(findings failed)"
planted 'a service that came since then' services-recorded \
    "printf '%s required pam_deny.so\\n' auth account session >/etc/pam.d/newcomer" 'rm /etc/pam.d/newcomer'

planted 'a group whose members are root when they like' 'services-recorded standing-privilege' \
    'groupadd -f docker && gpasswd -a user1 docker >/dev/null' 'gpasswd -d user1 docker >/dev/null'

# ---- planted faults ----------------------------------------------------------------------------

planted 'a clock that nothing keeps' time-synchronised 'sandbox-clock unsynced' 'sandbox-clock synced'
planted 'a machine without a name' machine-unique 'edited /etc/machine-id ": >/etc/machine-id"' \
    'undo /etc/machine-id'
planted 'a copy of another machine' machine-unique 'touch /etc/sekisho/log.key.cloned' \
    'rm /etc/sekisho/log.key.cloned'
planted 'a PAM file that a group may write' files-trusted 'chmod g+w /etc/pam.d/su' 'chmod g-w /etc/pam.d/su'
planted 'a directory above that is open' files-trusted 'chmod 777 /etc/sekisho/policy.d' \
    'chmod 755 /etc/sekisho/policy.d'
planted "a user's file in sudoers.d" files-trusted 'install -o user1 -m 440 /dev/null /etc/sudoers.d/x' \
    'rm /etc/sudoers.d/x'
mkdir -p /run/nscd
planted 'nscd' name-cache 'python3 -c "
import socket
s = socket.socket(socket.AF_UNIX); s.bind(\"/run/nscd/socket\"); s.listen()
while True: s.accept()[0].close()" & held=$!
    eventually 5 test -S /run/nscd/socket; sleep 0.1' 'kill $held; held=; rm -f /run/nscd/socket'

cat >"$work/lock.c" <<'END'
#include <security/pam_appl.h>
int main(void) { return pam_authenticate(0, 0); }
END
planted 'a program that skips the account phase' account-phase \
    'cc -o /usr/bin/portal "$work/lock.c" -lpam && cp /etc/pam.d/sudo /etc/pam.d/portal' \
    'rm /usr/bin/portal /etc/pam.d/portal'
planted 'a server that knows no PAM' 'other-logins services-recorded' \
    'cp /bin/sleep /usr/sbin/dropbear && { /usr/sbin/dropbear 60 & held=$!; }; sleep 0.1' \
    'kill $held; held=; rm /usr/sbin/dropbear'

sudoers() { edited /etc/sudoers "printf '%s\n' \"$1\" >>/etc/sudoers"; }
planted 'an everyday account with all of sudo' standing-privilege \
    'echo "user2 ALL=(ALL) ALL" >/etc/sudoers.d/more' 'rm /etc/sudoers.d/more'
planted 'one in a group that leads to root' 'services-recorded standing-privilege' \
    'gpasswd -a user2 disk >/dev/null' 'gpasswd -d user2 disk >/dev/null'
planted 'a second root' 'accounts-named standing-privilege' \
    'edited /etc/passwd "echo toor:x:0:0::/root:/bin/bash >>/etc/passwd"' 'undo /etc/passwd'
planted 'a shared account that nobody answers for' shared-accounts \
    "edited /etc/sekisho/policy.conf 'sed -i /^approved_by/d /etc/sekisho/policy.conf'; sekisho policy apply >/dev/null" \
    'undo /etc/sekisho/policy.conf; sekisho policy apply >/dev/null'
planted 'a group with a number that is a role'"'"'s' role-groups 'echo late:x:65536: >>/etc/group' \
    'sed -i /^late:/d /etc/group'
planted 'or with a name' role-groups 'echo sekisho-late:x:500: >>/etc/group' 'sed -i /^sekisho-late:/d /etc/group'
planted 'a launcher that gives what nobody has' capabilities-whole \
    'setcap all=eip /usr/libexec/sekisho/sekisho-run' 'setcap all=ei /usr/libexec/sekisho/sekisho-run'
planted 'sudo without account phase' sudo-settings 'sudoers "Defaults !pam_acct_mgmt"' 'undo /etc/sudoers'
planted 'for one user only' sudo-settings 'sudoers "Defaults:user1 env_reset, !pam_session"' 'undo /etc/sudoers'
planted 'by another service' sudo-settings 'sudoers "Defaults pam_service=other"' 'undo /etc/sudoers'
planted "with another one's password, in a drop-in" sudo-settings \
    'echo "Defaults targetpw" >/etc/sudoers.d/zz' 'rm /etc/sudoers.d/zz'
planted 'with another group plugin' sudo-settings \
    'sudoers "Defaults group_plugin=\\\"group_file.so /etc/g\\\""' 'undo /etc/sudoers'
planted 'with groups as of the login' sudo-settings \
    'edited /etc/sudo.conf "echo Set group_source static >>/etc/sudo.conf"' 'undo /etc/sudo.conf'

planted 'downloads that nobody is warned of' downloads-warned \
    'printf "[audit]\ndownload_warn = 0\n" >/etc/sekisho/policy.d/download.conf; sekisho policy apply >/dev/null' \
    'rm /etc/sekisho/policy.d/download.conf; sekisho policy apply >/dev/null'
planted 'or whose alert is off' downloads-warned \
    'printf "[alert download]\nenabled = no\n" >/etc/sekisho/policy.d/download.conf; sekisho policy apply >/dev/null' \
    'rm /etc/sekisho/policy.d/download.conf; sekisho policy apply >/dev/null'

roles() { : >/etc/sudoers.d/sekisho; }
planted 'roles without the plugins of sudo' sudo-settings roles 'rm /etc/sudoers.d/sekisho'
exclusively() { sed -i '/^\[account oracle1\]/a exclusive = yes' /etc/sekisho/policy.conf; sekisho policy apply >/dev/null; }
planted 'a shared account for one at a time, and sudo without its plugin' shared-accounts exclusively \
    'sed -i "/^exclusive = yes/d" /etc/sekisho/policy.conf; sekisho policy apply >/dev/null'
planted 'another plugin that sees what is typed' sudo-settings \
    'edited /etc/sudo.conf "echo Plugin record_io record.so >>/etc/sudo.conf"' 'undo /etc/sudo.conf'
planted 'a line of a plugin that is not there' sudo-settings \
    'edited /etc/sudo.conf "echo Plugin sekisho_audit /gone/sekisho_sudo.so >>/etc/sudo.conf"' 'undo /etc/sudo.conf'

planted 'a Match block with empty passwords' mfa-remote-admin \
    'edited /etc/ssh/sshd_config "printf \"Match User user1\n\tPermitEmptyPasswords yes\n\" >>/etc/ssh/sshd_config"' \
    'undo /etc/ssh/sshd_config'
planted 'a Match block that cannot ask' second-factor-required \
    'edited /etc/ssh/sshd_config "printf \"Match Address 192.0.2.0/24\n\tKbdInteractiveAuthentication no\n\" >>/etc/ssh/sshd_config"' \
    'undo /etc/ssh/sshd_config'
planted 'hosts that vouch for users' mfa-remote-admin \
    'edited /etc/ssh/sshd_config "echo HostbasedAuthentication yes >>/etc/ssh/sshd_config"' 'undo /etc/ssh/sshd_config'

planted 'a restart that waits' host-current 'touch /run/reboot-required' 'rm /run/reboot-required'
planted 'old definitions of a scanner' scanner-current \
    'mkdir -p /var/lib/clamav && touch -d "20 days ago" /var/lib/clamav/daily.cvd' 'rm -r /var/lib/clamav'
planted 'apt that was not asked for weeks' updates-applied \
    'touch -d "20 days ago" /var/lib/apt/lists/*_InRelease' 'touch /var/lib/apt/lists/*_InRelease'

# apt's own words about an archive here, which has one package of this host in a newer version.
archive()
{
	local repo=/var/srv/repo arch label=$1

	arch=$(dpkg --print-architecture)
	mkdir -p $repo
	printf 'Package: bash\nVersion: 99\nArchitecture: %s\nMaintainer: x <x@example.org>\nDescription: x\nFilename: bash.deb\nSize: 1\nSHA256: %064d\n' \
	    "$arch" 0 >$repo/Packages
	printf 'Origin: X\nLabel: %s\nSuite: x\nArchitectures: %s\nSHA256:\n %s %s Packages\n' "$label" "$arch" \
	    "$(sha256sum <$repo/Packages | cut -d' ' -f1)" "$(stat -c %s $repo/Packages)" >$repo/Release
	echo "deb [trusted=yes] file:$repo ./" >/etc/apt/sources.list
	apt-get -o APT::Sandbox::User=root -o Acquire::Languages=none --allow-releaseinfo-change update >/dev/null 2>&1
}
planted 'a security update that is not installed' updates-applied 'archive Debian-Security' ':'
has 'it is named' 'bash' "$(archive Debian-Security; sekisho check --full | grep -A1 updates-applied)"
planted 'an update that is no matter of security' '' 'archive Debian' \
    ': >/etc/apt/sources.list; rm -rf /var/lib/apt/lists/_*'

planted 'a file system with little room' disk-space \
    'findings() { unshare --mount bash -c "mount -t tmpfs -o size=64m,mode=700,uid=$(id -u sekisho) t /var/lib/sekisho && sekisho check --json" |
	python3 -c "
import json, sys
print(\" \".join(sorted({f[\"check\"] for f in json.load(sys.stdin) if f[\"state\"] == \"failed\"})))"; }' \
    'findings() { sekisho check --json | python3 -c "
import json, sys
print(\" \".join(sorted({f[\"check\"] for f in json.load(sys.stdin) if f[\"state\"] == \"failed\"})))"; }'

printf '[host]\nowner = Yamada Hanako\nreview = 2020-03-31\n' >/etc/sekisho/policy.d/review.conf
sekisho policy apply >/dev/null
run sekisho status
has 'the status says so too' '^! The rules were to be reviewed by the end of 2020-03-31' "$output"
planted 'rules whose review is overdue' policy-reviewed : 'rm /etc/sekisho/policy.d/review.conf; sekisho policy apply >/dev/null'

# ---- records and alerts ------------------------------------------------------------------------

touch /run/reboot-required
run sekisho check --record --json
is 'a failure: exit status 1' 1 "$status"
is 'one JSON document' host-current "$(python3 -c '
import json, sys
print(*{f["check"] for f in json.load(sys.stdin) if f["state"] == "failed"})' <<<"$output")"
has 'the run is recorded' '"event.outcome":"failure".*"sekisho.check.failing":"host-current"' \
    "$(records --event check.run)"
has 'and the finding' '"sekisho.check.name":"host-current","sekisho.check.severity":"medium","sekisho.check.what":"' \
    "$(records --event check.finding)"
alerted() { records --event alert.raise | grep -q '"check-failed".*host-current'; }
eventually 10 alerted
is 'and alerts' 0 $?
is 'figures say so too' 1 "$(sekisho status --metrics |
    python3 "$SANDBOX_TREE/tests/lib/promcheck.py" -v 'sekisho_check_findings{state="failed"}')"
rm /run/reboot-required

# ---- alerts that reach nobody: more of them wait than there is room for -------------------------

printf '[alerts]\nto = command /etc/sekisho/alert.d/none\n' >/etc/sekisho/policy.d/alerts.conf
sekisho policy apply >/dev/null
for _ in {1..70}; do
	timeout 1 sekisho alert test break-glass >/dev/null 2>&1 &
done
wait
undelivered() { [ "$(findings failed)" = alerts-delivered ]; }
eventually 10 undelivered
is 'alerts that were given up' 0 $?
rm /etc/sekisho/policy.d/alerts.conf
sekisho policy apply >/dev/null

# ---- status: whether all is well, on one screen ------------------------------------------------

sandbox-daemon restart # which forgets the alerts that were given up
run sekisho status
is 'the last recorded test failed: not well' 1 "$status"
has 'which is said first' '^NOT ALL IS WELL' "$(head -n 1 <<<"$output")"
has 'with what it was' '^! The test of this host at .* failed: host-current' "$output"
has 'and what to do' '^  Do: "sekisho check"' "$output"
sekisho check --record >/dev/null
run sekisho status
is 'then it is well' 0 "$status"
is 'which is said first' 'All is well.' "$(head -n 1 <<<"$output")"
between 'on one screen' 5 24 "$(wc -l <<<"$output")"
as_user1() { setpriv --reuid user1 --regid user1 --clear-groups env LANG=$1 "${@:2}"; }
run as_user1 C.UTF-8 sekisho status
is 'a person: theirs is well' 0 "$status"
hasnt 'and the host is none of theirs' 'backup|test of this host' "$output"
sekisho user suspend user1 --reason test >/dev/null
run as_user1 C.UTF-8 sekisho status
is 'a suspended person: not well' 1 "$status"
has 'what to do' 'Ask an administrator before you log out' "$output"
run as_user1 C.UTF-8 sekisho status --json
is 'in JSON too' True "$(python3 -c '
import json, sys
print(any(a["problem"] for a in json.load(sys.stdin)["attention"]))' <<<"$output")"
is 'in Japanese the values stand in one column' 1 "$(LANG=ja_JP.UTF-8 sekisho status | python3 -c '
import re, sys, unicodedata
at = set()
for line in sys.stdin.read().split("\n\n")[1].splitlines():
    m = re.match(r"(\S.*?: +)\S", line)
    if m: at.add(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in m[1]))
print(len(at))')"
sekisho user resume user1 --reason test >/dev/null

# ---- time passes -------------------------------------------------------------------------------

sekisho backup create /var/srv/one.backup --passphrase-file <(echo 'a long passphrase for this') >/dev/null ||
    fail 'a backup is made'
hasnt 'a fresh backup is well' backup-recent "$(findings advice) $(findings failed)"
sandbox-clock +40d
touch -d "$(date -d '+0 days')" /var/lib/apt/lists/*_InRelease
has 'a backup of last month' backup-recent "$(findings failed)"
has 'no test was recorded for days' check-daily "$(findings failed)"
sandbox-clock +330d
has 'the sign-off has ended' services-recorded "$(findings failed)"

# ---- a chain that nobody vouched for -----------------------------------------------------------

sandbox-daemon stop
rm /etc/sekisho/log.key
sandbox-daemon start
has 'a log that was begun anew' log-anchored "$(findings failed)"
done_testing
