#!/bin/bash
# The control report: each clause of the source documents, with what a test of this host says and
# which records are evidence; and a control that is switched off shows as not in force.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

export SEKISHO_LOCALEDIR=$SANDBOX_BUILD/locale
catalogue=(--catalogue "$SANDBOX_TREE/conf/controls")
sandbox-ssh user1 auto true >/dev/null 2>&1

# state FILE CONTROL: of a JSON report
state()
{
	/usr/bin/python3 -c '
import json, sys
print(*(c["state"] for c in json.load(open(sys.argv[1]))["controls"] if c["id"] == sys.argv[2]))' "$@"
}

sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/a.json" >"$work/said"
has 'it says how many' 'Of [0-9]+ controls: [0-9]+ in force' "$(<"$work/said")"
is 'the lockout is in force' in-force "$(state "$work/a.json" AUTH-14)"
is 'the daemon runs' in-force "$(state "$work/a.json" LOG-4)"
is 'a row without a live check never passes' untested "$(state "$work/a.json" AUTH-4)"

# What is switched off shows.
policy_add '[lockout]
deny = 0'
run sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/b.json"
is 'the status says that something is not in force' 1 "$status"
is 'no lockout: not in force' not-in-force "$(state "$work/b.json" AUTH-14)"
has 'and it is named' '^AUTH-14 ' "$output"

sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/c.html" >/dev/null
sekisho audit controls "${catalogue[@]}" --since 1d --lang ja --output "$work/ja.csv" >/dev/null
sekisho audit controls "${catalogue[@]}" --since 1d --lang ja --output "$work/ja.html" >/dev/null
run /usr/bin/python3 - "$work" "$SANDBOX_TREE/conf/controls" <<'EOF'
import csv, html.parser, io, json, sys
work, controls = sys.argv[1:]
clauses = json.load(open(controls + "/clauses.json"))["clauses"]
report = json.load(open(work + "/b.json"))
assert [c["clause"] for c in report["clauses"]] == [c["clause"] for c in clauses], "clauses, in order"
by = {c["id"]: c for c in report["controls"]}
grave = ["in-force", "untested", "not-in-force"]
for c, want in zip(report["clauses"], clauses):
    assert c["level"] == (want["level"] or ""), want
    if not want["rows"]:
        assert c["state"] == "organisation" and c["reason"], want
    else:
        assert c["state"] == max((by[r]["state"] for r in want["rows"]), key=grave.index), want
assert by["AUTH-1"]["records"] > 0 and by["AUTH-1"]["newest"] > 0
assert by["LOG-1"]["records"] > by["AUTH-5"]["records"] > 0
raw = open(work + "/ja.csv", "rb").read()
assert raw.startswith(b"\xef\xbb\xbf") and b"\r\n" in raw
rows = list(csv.reader(io.StringIO(raw[3:].decode("utf-8"), newline="")))
assert len(rows) == len(clauses) + 1 and {len(r) for r in rows} == {9}
assert rows[0][0] == "条項" and any(r[3] == "未実施" for r in rows) and any(r[1] == "強化" for r in rows)
page = open(work + "/c.html", encoding="utf-8").read()
assert page.count("<tr class=") == len(clauses) and "<script" not in page
print("fine")
EOF
is 'a line a clause in each form, with level, state, evidence and reason' fine "$output"

run env WORK="$work" SHOTS="$SANDBOX_BUILD/report" PYTHONPATH="$assert_lib" /usr/bin/python3 - <<'EOF'
import os, re
from browser import Browser
work, shots = os.environ["WORK"], os.environ["SHOTS"]
os.makedirs(shots, exist_ok=True)
with Browser() as b:
    for name in ("c", "ja"):
        page = b.page(1280, 900)
        page.open(f"file://{work}/{name}.html", wait=None)
        assert page.complaints() == [], page.complaints()
        assert page.eval("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
        page.screenshot(f"{shots}/controls-{name}.png", whole=False)
        page.size(1010, 900)  # what is between the margins of A4 on its side
        page.media("print")
        assert page.eval("document.documentElement.scrollWidth <= innerWidth"), "a column is cut off"
        pages = len(re.findall(rb"/Type /Page\b(?!s)", page.pdf(f"{shots}/controls-{name}.pdf")))
        assert 5 < pages < 60, pages
print("fine")
EOF
is 'a page that a browser shows and prints' fine "$output"

run sekisho audit controls "${catalogue[@]}" --output "$work/x.xls"
is 'another form is not known' 2 "$status"
run sekisho audit controls --catalogue /nonexistent
is 'without a catalogue nothing is claimed' 7 "$status"
run as user1 sekisho audit controls "${catalogue[@]}"
is 'root alone' 1 "$status"
done_testing
