#!/bin/bash
# The control report: each clause of the source documents, with what a test of this host says and
# which records are evidence; and a control that is switched off shows as not in force.
. "$(dirname "$0")/../lib/assert.sh"
sandbox_enter "$@"
. "$assert_lib/login.sh"

export SEKISHO_LOCALEDIR=$SANDBOX_BUILD/locale
catalogue=(--catalogue "$SANDBOX_TREE/conf/controls")
sandbox-ssh user1 auto true >/dev/null 2>&1

# there USER CMD: in a login of that person over ssh, with a second code at hand.
there()
{
	local user=$1

	shift
	sandbox-clock "+$((150 - $(date +%s) % 30))s"
	run sandbox-ssh -t "$user" "$(sandbox-code "$user"),$(oathtool --totp --base32 \
	    -N "@$(($(date +%s) + 30))" - <"/run/sekisho-sandbox/secrets/$user")" "$*"
}

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
is 'a row without a live check never passes' untested "$(state "$work/a.json" PROVE-10)"
is 'what nobody configured is not in force, without a failure' not-in-force "$(state "$work/a.json" PRIV-10)"

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
grave = ["organisation", "in-force", "exception", "untested", "not-in-force"]
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
assert len(rows) == len(clauses) + 1 and {len(r) for r in rows} == {17} and rows[0][15:] == ["格付", "取扱制限"]
assert rows[0][0] == "条項" and any(r[3] == "未実施" for r in rows) and any(r[1] == "強化" for r in rows)
page = open(work + "/c.html", encoding="utf-8").read()
assert page.count("<tr class=") == len(clauses) and "<script" not in page
print("fine")
EOF
is 'a line a clause in each form, with level, state, evidence and reason' fine "$output"

# A row of several tests is as the gravest of them says.
mkdir -p /var/lib/clamav && touch /var/lib/clamav/daily.cvd /run/reboot-required
sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/restart.json" >/dev/null
has 'a row of several tests' '"state": *"not-in-force".*"also".*wait for a restart' \
    "$(tr -d '\n' <"$work/restart.json" | grep -oE '"id": ?"PRIV-12"[^}]*')"
rm -r /var/lib/clamav /run/reboot-required

# ---- who answers, what is the organisation's own, where an exception is open ---------------------

policy_add '[officer 山田太郎]
role = 統括情報セキュリティ責任者
kana = ヤマダタロウ
unit = 情報化統括室
contact = 内線1002
clauses = *

[officer 鈴木一郎]
role = 情報セキュリティ監査責任者
clauses = B1.2.3.2, B1.4.1.1(2), LOG-8

[control A1.2]
own = the building has a guard

[control AUTH-15]
own = there are no terminals here

[rule serves]
service = su
require = mfa
control = AUTH-10'
there admin1 "sekisho exception request serves --service su --subject user2 \
    --for 2h --clause 'B1.3.1.2(5), PRIV-12' --measure 'a guard' --report 'by mail' \
    --reason moving --emergency"
is 'an exception in an emergency' 0 "$status"
sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/own.json" >"$work/said"
has 'it counts exceptions too' '[1-9][0-9]* with an exception' "$(<"$work/said")"
sekisho audit controls "${catalogue[@]}" --since 1d --lang ja --output "$work/own.csv" >/dev/null
# A newer edition is data: a clause more, a row more, another number.
cp -r "$SANDBOX_TREE/conf/controls" "$work/newer"
/usr/bin/python3 - "$work/newer" <<'EOF'
import json, sys
c, r = (json.load(open(f"{sys.argv[1]}/{n}.json", encoding="utf-8")) for n in ("catalogue", "clauses"))
c["edition"]["B"].update(number="NISD-K999-123", edition="2030")
c["rows"].append({"id": "LOG-99", "policy": [], "clauses": ["B1.9.9.9(1)(a)"], "level": "基本", "title_en": "new",
                  "title_ja": "新しい事項", "answer_en": "new", "check": "daemon-running",
                  "evidence": {"sekisho.control": "LOG-99"}})
r["clauses"].append({"clause": "B1.9.9.9(1)(a)", "level": "基本", "title_en": "A new clause",
                     "title_ja": "新しい条項", "rows": ["LOG-99"]})
json.dump(c, open(sys.argv[1] + "/catalogue.json", "w"))
json.dump(r, open(sys.argv[1] + "/clauses.json", "w"))
EOF
sekisho audit controls --catalogue "$work/newer" --since 1d --output "$work/newer.json" >/dev/null
run /usr/bin/python3 - "$work" <<'EOF'
import csv, io, json, sys
work = sys.argv[1]
report = json.load(open(work + "/own.json"))
clause = {c["clause"]: c for c in report["clauses"]}
row = {c["id"]: c for c in report["controls"]}
chief = {"name": "山田太郎", "kana": "ヤマダタロウ", "role": "統括情報セキュリティ責任者",
         "unit": "情報化統括室", "contact": "内線1002"}
assert clause["A1.1"]["officer"] == chief, clause["A1.1"]
for name in ("B1.2.3.2(5)(e)", "B1.4.1.1(2)(c)(エ)", "A2.5"):  # a beginning, a part, a row of it
    assert clause[name]["officer"]["name"] == "鈴木一郎", clause[name]
assert clause["B1.4.1.1(3)(a)"]["officer"] == chief
assert clause["A1.2"]["state"] == "organisation" and "guard" in clause["A1.2"]["reason"]
assert row["AUTH-15"]["state"] == "organisation"
assert clause["A2.17"]["state"] == "organisation" and "no terminals" in clause["A2.17"]["reason"]
for name in ("B1.3.1.2(5)(c)", "B1.3.1.2(5)(a)"):  # the clause is named, its beginning
    assert clause[name]["state"] == "exception" and clause[name]["exception"] == 1, clause[name]
assert row["AUTH-10"]["state"] == "exception", row["AUTH-10"]  # by the rule
assert row["PRIV-12"]["state"] == "exception"  # by its id
assert row["PRIV-13"]["state"] != "exception" and clause["B1.3.1.2(3)(a)"]["state"] != "exception"
assert clause["A1.1"]["title"].isascii() and clause["A1.1"]["title"] != ""
assert clause["B1.1.1.5"]["edition"] == "NISD-K304-101, 2011", clause["B1.1.1.5"]
raw = open(work + "/own.csv", "rb").read()
assert raw.startswith(b"\xef\xbb\xbf")
rows = {r[0]: r for r in csv.reader(io.StringIO(raw[3:].decode("utf-8"), newline=""))}
assert rows["A1.1"][9:14] == ["山田太郎", "ヤマダタロウ", "統括情報セキュリティ責任者", "情報化統括室", "内線1002"]
assert rows["A1.2"][3].startswith("対象外") and rows["B1.3.1.2(5)(c)"][3] == "例外", rows["A1.2"]
assert "E-1" in rows["B1.3.1.2(5)(c)"][6] and "許可した者がいない" in rows["B1.3.1.2(5)(c)"][6], rows["B1.3.1.2(5)(c)"]
newer = json.load(open(work + "/newer.json"))
assert newer["edition"]["B"]["number"] == "NISD-K999-123"
assert newer["clauses"][-1]["clause"] == "B1.9.9.9(1)(a)" and newer["clauses"][-1]["state"] == "in-force"
assert newer["clauses"][-1]["edition"] == "NISD-K999-123, 2030"
assert len(newer["clauses"]) == len(report["clauses"]) + 1
print("fine")
EOF
is 'officers, own controls, exceptions, and another edition' fine "$output"
sekisho audit controls "${catalogue[@]}" --since 1d --output "$work/d.html" >/dev/null
sekisho audit controls "${catalogue[@]}" --since 1d --lang ja --output "$work/dja.html" >/dev/null

run env WORK="$work" SHOTS="$SANDBOX_BUILD/report" PYTHONPATH="$assert_lib" /usr/bin/python3 - <<'EOF'
import os, re
from browser import Browser
work, shots = os.environ["WORK"], os.environ["SHOTS"]
os.makedirs(shots, exist_ok=True)
with Browser() as b:
    for name in ("d", "dja"):
        page = b.page(1280, 900)
        page.open(f"file://{work}/{name}.html", wait=None)
        assert page.complaints() == [], page.complaints()
        assert page.eval("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
        page.screenshot(f"{shots}/controls-{name}.png", whole=False)
        shown = "[...document.querySelectorAll('tbody tr')].filter(r => r.offsetHeight > 0)"
        rows = page.eval(shown + ".length")
        page.eval("document.getElementById('f-not-in-force').click()")
        chosen = page.eval(f"[...new Set({shown}.map(r => r.className))].join()")
        assert chosen == "not-in-force", chosen
        page.size(390, 844)
        assert page.eval("document.documentElement.scrollWidth <= innerWidth"), "too wide for a phone"
        page.screenshot(f"{shots}/controls-{name}-phone.png", whole=False)
        page.size(1033, 900)  # what is between the margins of A4 on its side
        page.media("print")
        assert page.eval(shown + ".length") == rows, "paper has all, whatever was chosen"
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
