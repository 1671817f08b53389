#!/bin/bash
# The auditor's page in a real browser: verified with the right key, refused with another, loud when a
# byte was changed, honest where it cannot check; hostile texts stay texts; it tells what was planted.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

export TZ=Asia/Tokyo SEKISHO_LOCALEDIR=$SANDBOX_BUILD/locale
shots=$SANDBOX_BUILD/report
mkdir -p "$shots"

# in_browser NAME=VALUE...: the checks of report.py, each a line "ok - …" or "not ok - …"
in_browser()
{
	env "$@" SHOTS="$shots" PYTHONPATH="$assert_lib" /usr/bin/python3 "$assert_lib/report.py" >"$work/browser" 2>&1
	is 'the browser came to its end' 0 $?
	while IFS= read -r line; do
		case $line in
		'ok - '*) pass "${line#ok - }" ;;
		'not ok - '*) fail "${line#not ok - }" ;;
		*) echo "# $line" ;;
		esac
	done <"$work/browser"
}

# ---- a year, from a copy ------------------------------------------------------------------------

"$SANDBOX_BUILD/tests/makeyear" "$work/year" 6000 >/dev/null || fail 'the year is made' ''
printf '%s' "$(sekisho audit report --state-dir "$work/year" --fiscal-year 2026 --output "$work/en.html" --json)" >"$work/said"
has 'the command tells what it made' '"records": ?[0-9]+' "$(<"$work/said")"
run sekisho audit report --state-dir "$work/year" --fiscal-year 2026 --lang ja --output "$work/ja.html"
has 'in Japanese too' '証明とともに' "$output"
is 'nobody else may read it' 600 "$(stat -c %a "$work/en.html")"
run sekisho audit report --state-dir "$work/year" --fiscal-year 2026 --output "$work/en.html"
is 'nothing is written over' 1 "$status"
run sekisho audit report --state-dir "$work/year" --fiscal-year 2026 --since 3d --output "$work/x.html"
is 'a fiscal year stands alone' 2 "$status"
sekisho audit report --state-dir "$work/year" --fiscal-year 2026 --person suzuki --output "$work/person.html" >/dev/null
sekisho audit report --state-dir "$work/year" --since 2026-09-10 --until 2026-09-24 --output "$work/days.html" >/dev/null
# Of nobody, or of no role, there is no page; of who is in the records alone there is one.
of()
{
	rm -f "$work/of.html"
	run sekisho audit report --state-dir "$work/year" --fiscal-year 2026 "$@" --output "$work/of.html"
}
of --person suzki
is 'a mistyped person: refused' 1 "$status"
has 'with the nearest' 'There is no person or account "suzki": .*Known names like it: suzuki\.' "$output"
is 'and without a page' '' "$(ls "$work/of.html" 2>/dev/null)"
of --role wbe
is 'a mistyped role: refused' 1 "$status"
has 'with the nearest' 'There is no role "wbe": .*Known names like it: web\.' "$output"
of --role ok
is 'a word that records have elsewhere is no role' 1 "$status"
cp -r "$work/year" "$work/whole"
/usr/bin/python3 - "$work/year/sekisho.db" <<'EOF'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("DELETE FROM activations")
db.commit()
EOF
of --role web --person suzuki
is 'what is in the records alone has its page' 0 "$status"
rm "$work/of.html"
run sekisho audit report --state-dir "$work/year" --since 2027-03-31 --until 2027-04-01 --role web --output "$work/of.html"
is 'also of a period that has none of it' 0 "$status"
of --role wbe
is 'and nothing else has' 1 "$status"
rm -r "$work/year" && mv "$work/whole" "$work/year"
# A login in wtmp that no record goes with, and one that the log has.
/usr/bin/python3 - "$work/year/wtmp" <<'EOF'
import struct, sys
def line(user, when):
    return struct.pack("<hxxi32s4s32s256shhiii4I20s", 7, 4242, b"pts/9", b"ts/9", user, b"198.51.100.99",
                       0, 0, 0, when, 0, 0, 0, 0, 0, b"")
open(sys.argv[1], "wb").write(line(b"ghost", 1795000000) + line(b"earlier1", 1000000000))
EOF
cat >"$work/year/audit.log" <<'EOF'
type=USER_CMD msg=audit(1795000000.000:1): pid=1 uid=1000 auid=1000 ses=77 msg='cwd="/" cmd=3C623E78203C2F7363726970743E exe="/usr/bin/sudo" terminal=? res=success'
type=USER_CMD msg=audit(1795000000.000:2): pid=1 uid=1001 auid=1001 ses=78 msg='cwd="/" cmd="/home/user1/a/long/way/to/a/program/that/nobody/has/heard/of/and/that/is/root/without/reason/exploit" exe="/usr/bin/sudo" terminal=? res=success'
EOF
sekisho audit report --state-dir "$work/year" --fiscal-year 2026 --output "$work/wtmp.html" >/dev/null
rm -rf "$work/bad" && cp -r "$work/year" "$work/bad"
number=$(/usr/bin/python3 - "$work/bad/sekisho.db" <<'EOF'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
n, body = db.execute("SELECT seq, body FROM records WHERE action = 126 ORDER BY seq DESC").fetchone()
db.execute("UPDATE records SET body = ? WHERE seq = ?", (body.replace(b'"web"', b'"wez"').replace(b'"ok"', b'"OK"'), n))
db.commit()
print(n)
EOF
)
run sekisho audit report --state-dir "$work/bad" --fiscal-year 2026 --output "$work/bad.html"
is 'no page of a log that was tampered with' 4 "$status"
is 'and no file is left' '' "$(ls "$work/bad.html" 2>/dev/null)"

# ---- of this host ---------------------------------------------------------------------------------

policy_add '[role look]
members = user1, user2
approve = nobody
commands = /usr/bin/id
root_equivalent = no'
sandbox-ssh user1 auto true >/dev/null 2>&1
sandbox-ssh user1 wrong true >/dev/null 2>&1
policy_add '[service ftp]
class = remote
observe = yes'
run sekisho audit report --since 1d --for 'Audit office' --output "$work/live.html"
is 'a report of the host' 0 "$status"
has 'is a record there, with whom it is for' '"sekisho.export.for":"Audit office".*"sekisho.export.format":"report"' \
    "$(records --event log.export --limit 1)"
sekisho audit head --vkey >"$work/live.vkey"
policy_add '[audit]
auditors = auditor1'
chmod 755 "$work" && mkdir -m 777 "$work/theirs"
run as auditor1 sekisho audit report --since 1d --output "$work/theirs/auditor.html"
is 'one that an auditor had made, without root' 0 "$status"
cp "$work/theirs/auditor.html" "$work/auditor.html"
sed -i '/^\[service ftp\]/,/^observe = yes/d' /etc/sekisho/policy.conf
policy_add '[host]
rating = confidentiality-3
[export]
approve_from = confidentiality-2
encrypt_from = confidentiality-3'
run sekisho audit report --since 1d --output "$work/high.html"
is 'at a high rating nobody makes one alone' 1 "$status"
is 'and none is made' '' "$(ls "$work/high.html" 2>/dev/null)"
run sekisho audit report --since 1d --state-dir /var/lib/sekisho --output "$work/copy.html"
is 'of the store as it lies there: unsigned' 0 "$status"

in_browser WORK="$work"
done_testing
