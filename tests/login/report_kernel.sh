#!/bin/bash
# The report and the kernel's audit: a login session with sudo is explained by its record, one that was root
# without is named, and a file that is not to be trusted is not believed. An auditor who is not root gets
# the same page: the warden hands these files to the worker, which reads them.
. "$(dirname "$0")/../lib/assert.sh"
export TZ=Asia/Tokyo # months and days of a report are those of the host, whoever makes it
sandbox_enter "$@"
. "$assert_lib/login.sh"

audit=/var/log/audit/audit.log

# page_says EXPRESSION: of the data of a page made now, as d.
page_says()
{
	rm -f "$work/page.html"
	sekisho audit report --since 1d --output "$work/page.html" >/dev/null 2>"$work/said" || echo 'no page'
	/usr/bin/python3 -c '
import json, re, sys
d = json.loads(re.search(r"<script[^>]*id=\"?data\"?[^>]*>(.*?)</script>", open(sys.argv[1]).read(), re.S).group(1))["kaudit"]
print(eval(sys.argv[2]))' "$work/page.html" "$1"
}

# of_session USER: uid, number of the login session and second of that user's newest login.
of_session()
{
	records --event session.open | /usr/bin/python3 -c '
import datetime, json, sys
for line in sys.stdin:
    r = json.loads(line)
    if r.get("user.name") == sys.argv[1] and r.get("service.name") == "sshd":
        at = datetime.datetime.fromisoformat(r["@timestamp"].replace("Z", "+00:00")).timestamp()
        newest = r["user.id"], r["sekisho.login.session"], int(at)
print(*newest)' "$1"
}

# root AUID SES SECOND EXE: a program is started as root.
root()
{
	echo "type=SYSCALL msg=audit($3.500:77): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1" \
	    "a2=55d2 a3=8 items=2 ppid=9001 pid=9002 auid=$1 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0" \
	    "fsgid=0 tty=pts0 ses=$2 comm=\"x\" exe=\"$4\" subj=unconfined key=\"root\""
}

# differences: between the page of root and the one of an auditor, of the same period of the same log. The log
# has grown by the record of the first, so the newest head and the proofs that lead to it are later ones.
differences()
{
	until=$(date -u +%FT%TZ)
	sandbox-clock +2s
	rm -f "$work/pages/"*.html
	run sekisho audit report --since 2020-01-01 --until "$until" --output "$work/pages/root.html"
	is 'root has a page' 0 "$status"
	run as auditor1 sekisho audit report --since 2020-01-01 --until "$until" --output "$work/pages/auditor.html"
	is 'and so has an auditor without root' 0 "$status"
	compared=$(/usr/bin/python3 - "$work/pages/root.html" "$work/pages/auditor.html" <<'PY'
import json, re, sys
def data(path):
    d = json.loads(re.search(r'<script[^>]*id="?data"?[^>]*>(.*?)</script>', open(path).read(), re.S).group(1))
    for key in "made", "by":
        del d["meta"][key]
    return d
a, b = (data(p) for p in sys.argv[1:])
for d in a, b:
    d.pop("heads", None), d.pop("chains", None), d.pop("nodes", None)
    for r in d["records"]:
        for key in "path", "proof", "index":
            r.pop(key, None)
for k in sorted(set(a) | set(b)):
    if a.get(k) != b.get(k):
        print("differs:", k)
print("read:", b["kaudit"]["state"], b["wtmp"] is not None, [(m["member"], m["group"]) for m in b["never"] if m["group"]],
      b["never_unknown"], [(r["name"], r["what"]) for r in b["kaudit"]["rows"]])
PY
)
}

policy_add '[audit]
auditors = auditor1
[role look]
members = @lookers, @nowhere
approve = nobody
commands = /usr/bin/id
root_equivalent = no'
groupadd lookers && usermod -a -G lookers user2
chmod 755 "$work" && mkdir -m 777 "$work/pages"

is 'without auditd: it says so' absent "$(page_says 'd["state"]')"
sandbox-ssh -t user1 auto 'sudo id -un' >"$work/sudo" 2>&1
has 'user1 is root through sudo' '^root' "$(tr -d '\r' <"$work/sudo")"
sandbox-ssh user2 auto true >/dev/null 2>&1
read -r uid1 ses1 at1 < <(of_session user1)
read -r uid2 ses2 _ < <(of_session user2)
sandbox-clock +5s # what is older than the first record is not looked at
now=$(($(date +%s) - 1))
mkdir -p -m 700 /var/log/audit
{
	echo "type=LOGIN msg=audit($at1.100:70): pid=500 uid=0 old-auid=4294967295 auid=$uid1 old-ses=4294967295 ses=$ses1 res=1"
	root "$uid1" "$ses1" "$now" /usr/bin/id
	echo 'rubbish'
} >$audit.1
{
	root "$uid2" "$ses2" "$now" /tmp/exploit
	echo "type=USER_CMD msg=audit($now.700:78): pid=9 uid=$uid2 auid=$uid2 ses=4242 msg='cwd=\"/\"" \
	    "cmd=2F62696E2F7368202D63203C623E exe=\"/usr/bin/sudo\" terminal=? res=success'"
} >$audit
chmod 600 $audit $audit.1
is 'what no record explains is named, and only that' \
    "read 1 3 2 [('user2', $ses2, 'no-use', '/tmp/exploit'), ('user2', 4242, 'before', '/bin/sh -c <b>')]" \
    "$(page_says 'd["state"], d["odd"], d["shows"], d["unexplained"], [(r["name"], r["ses"], r["reason"], r["what"]) for r in d["rows"]]' |
	/usr/bin/python3 -c 'import sys; print(*eval(sys.stdin.read()))')"
[ -e /var/log/wtmp ] || install -m 664 -g utmp /dev/null /var/log/wtmp
differences
is 'what auditors are given is what root is given' \
    "read: read True [('user2', 'lookers')] ['nowhere (look)'] [('user2', '/tmp/exploit'), ('user2', '/bin/sh -c <b>')]" "$compared"
chmod 666 $audit
differences
has 'what is refused to root is refused to them' '^read: refused True ' "$compared"
is 'what others may write is not believed' "('refused', [])" "$(page_says 'd["state"], d["rows"]')"
has 'and why' 'audit.log has mode 0666' "$(<"$work/said")"
rm $audit && ln -s /tmp/elsewhere $audit
is 'nor a link' refused "$(page_says 'd["state"]')"
rm $audit
chmod 666 /var/log/wtmp
page_says 'd["state"]' >/dev/null
has 'nor a wtmp that others may write' 'wtmp has mode 0666' "$(<"$work/said")"

done_testing
