#!/usr/bin/python3
"""year_check.py DIR: does what was made of the year of year.py tell its story, and accuse nobody else?

DIR has planted.json, root.html and auditor.html (reports), review.json, papers as KIND.csv and the
bundle's directory. Each check is a line "ok - ..." or "not ok - ...".

| planted                    | report            | review                      | registers         | bundle |
|----------------------------|-------------------|-----------------------------|-------------------|--------|
| self-approval tried        | record, not given | power-refused               | grants, no giver  | record |
| guesses from one source    | refused, by source| guesses, one item           |                   | record |
| a leaver's account used    | refused, by source| closed-account-tried, one   | accounts: retired | record |
| privilege without a grant  | unexplained       | power-without-grant         | not in grants     | record |
| an exception overdue       | weakenings        | overdue                     | exceptions        | record |
| a review not done          | not signed off    | all is open; overdue by then| reviews: none     |        |
| a gap in the recording     | health            | recording-gap               |                   |        |
| a role never used          | never             | no record, so no item       | not in grants     |        |
"""
import csv
import glob
import json
import os
import re
import sys

folder = sys.argv[1]
planted = json.load(open(os.path.join(folder, "planted.json")))


def check(what, right, found=""):
    print(f"{'ok' if right else 'not ok'} - {what}{'' if right else f': {found}'}", flush=True)


def paper(kind):
    with open(os.path.join(folder, kind + ".csv"), encoding="utf-8-sig", newline="") as f:
        return [row for row in csv.reader(f) if row]


def page(name):
    return json.loads(re.search(r'id="data">(.*?)</script>', open(os.path.join(folder, name), encoding="utf-8").read(), re.S)[1])


def bodies(records):
    return [json.loads(r["body"]) for r in records if r["body"]]


roles = {"web": ["staff01", "staff02", "staff03", "staff42"], "db": ["staff04", "staff05"],
         "network": ["staff06", "staff07"], "archive": ["staff08"]}
own, gone, thief, late = planted["self_approval"], planted["leaver"], planted["intruder"], planted["exception"]
never = {(role, m) for role, members in roles.items() for m in members if m not in planted["used"].get(role, [])}
sources = {planted["guesses"]["source"], gone["source"]}


def report(name):
    d = page(name)
    f, held = d["figures"], bodies(d["records"])
    check(f"{name}: power without a grant, of the intruder alone",
          [(u["name"], u["service"]) for u in d["unexplained"]] == [(thief["person"], "su")] and sum(f["unexplained"]) == 1,
          d["unexplained"])
    check(f"{name}: everybody else's power had a role that was given",
          {u["person"] for u in d["use"] if u["role"] is None} == {thief["person"]} and
          all(g["uses"] == 0 or g["approved"]["names"] for g in d["grants"]), d["use"])
    check(f"{name}: refused were the guesses and the leaver, and nobody else", {s["where"] for s in d["sources"]} == sources, d["sources"])
    check(f"{name}: the leaver's account by its name",
          [s["accounts"]["names"] for s in d["sources"] if s["where"] == gone["source"]] == [[gone["account"]]])
    check(f"{name}: who never used a role, and nobody who did", {(n["role"], n["member"]) for n in d["never"]} == never,
          (d["never"], sorted(never)))
    check(f"{name}: one exception, overdue, for want of its report", [(w["state"], w.get("note")) for w in d["weak"]] ==
          [("overdue", "w_unreported")] and late["entry"] in d["weak"][0]["what"] and late["person"] in d["weak"][0]["what"], d["weak"])
    check(f"{name}: one gap, of {planted['gap']['minutes']} minutes", d["health"]["gaps"] == 1 and
          abs(d["health"]["longest"] - 60000 * planted["gap"]["minutes"]) < 15 * 60000, d["health"])
    check(f"{name}: no other fault of the recording", d["health"]["unclean"] == 0 and d["health"]["suspends"] == 0, d["health"])
    check(f"{name}: nobody signed off anything", d["reviews"]["unsigned"] == f["records"] > 0, d["reviews"]["unsigned"])
    tried = [b for b in held if b["event.action"] == "role.answer" and b.get("event.reason") == "same-person"]
    check(f"{name}: the approval of one's own request, refused", [(b["user.effective.name"], b["sekisho.request"]) for b in tried] ==
          [(own["person"], own["request"])], tried)
    check(f"{name}: and it was not given", [g["from"] for g in d["grants"] if g["id"] == own["request"]] == [0],
          [g for g in d["grants"] if g["id"] == own["request"]])


def review():
    """What has to be opened says of each violation why, and names nobody else."""
    o = json.load(open(os.path.join(folder, "review.json")))
    rows = o["records"]
    why = lambda *risks: [x for x in rows if x["risk"] in risks]
    check("review: all of it is open, nothing was opened", o["opened"] == 0 and o["since"] == 0 and o["first"] == 1 and
          o["risky"] == len(rows) > 0, o["risky"])
    check("review: each item says why", all(x["risk"] for x in rows), rows)
    check("review: the approval of one's own request", [(x["event"], x["reason"], x["user"]) for x in why("power-refused")
          if x["reason"] == "same-person"] == [("role.answer", "same-person", own["person"])], why("power-refused"))
    tried = why("guesses", "guesses-then-in")
    check("review: the guesses, as one item, and nobody's mistyping", [(x["risk"], x["source"], x["count"]) for x in tried] ==
          [("guesses", planted["guesses"]["source"], 12)], tried)
    shut = why("closed-account-tried")
    check("review: the leaver's account, as one item", [(x["user"], x["source"]) for x in shut] == [(gone["account"], gone["source"])], shut)
    power = why("power-without-grant")
    check("review: the intruder's su, and nobody else's power", [(x["actor"], x["user"], x["event"]) for x in power] ==
          [(thief["person"], "root", "session.open")], power)
    late_rows = why("overdue")
    check("review: the exception that is overdue", [x["event"] for x in late_rows if x["event"] != "review.overdue"] == ["exception.overdue"],
          late_rows)
    check("review: the reviews that were not done", planted["days"] < 60 or any(x["event"] == "review.overdue" for x in late_rows), late_rows)
    check("review: the gap, and no other", [(x["event"], x["count"]) for x in why("recording-gap")] == [("log.seal", 1)], why("recording-gap"))
    others = [x for x in rows if x["outcome"] == "failure" and x not in why("power-refused") + tried + shut + late_rows]
    check("review: of failures nobody else's", others == [] and
          all(x["reason"] in ("same-person", "expired") for x in why("power-refused")), others)


def registers():
    grants = {row[0]: row for row in paper("grants") if row[0].startswith("R-")}
    check("register of privilege: the own request, given by nobody", own["request"] in grants and
          grants[own["request"]][6] == "" and grants[own["request"]][7] == "", grants.get(own["request"]))
    check("register of privilege: all others have a giver", all(r[6] for n, r in grants.items() if n != own["request"]))
    check("register of privilege: neither the intruder nor the role that is never used", not any(
        thief["person"] in r[2] or r[3] == "archive" for r in grants.values()))
    entries = [row for row in paper("exceptions") if row[0].startswith("E-")]
    check("register of exceptions: the one, with who judged it and no report of its end", len(entries) == 1 and entries[0][0] == late["entry"] and
          late["person"] in entries[0][2] and "staff43" in entries[0][8] and "report" not in entries[0][12].lower(), entries)
    retired = [row[0] for row in paper("accounts") if re.search(r" \([0-9]+\)$", row[0]) and any("retired" in c for c in row)]
    check("register of identifiers: the leaver is retired, and nobody else", len(retired) == 1 and gone["account"] in retired[0], retired)
    check("record of reviews: none", not any(re.match(r"[0-9]+$", row[0]) for row in paper("reviews")), paper("reviews"))


def bundle():
    held = []
    for path in glob.glob(os.path.join(folder, "bundle", "**", "*"), recursive=True):
        if not path.endswith((".jsonl", ".ndjson")) and "records" not in os.path.basename(path):
            continue
        for line in open(path, encoding="utf-8", errors="replace"):
            try:
                o = json.loads(line)
            except ValueError:
                continue
            if isinstance(o, dict) and "event.action" in o:
                held.append(o)
    is_there = lambda **want: any(all(o.get(k.replace("_", ".")) == v for k, v in want.items()) for o in held)
    check("bundle: it holds records", len(held) > 100, len(held))
    check("bundle: the approval of one's own request", is_there(event_action="role.answer", event_reason="same-person"))
    check("bundle: the guesses", is_there(event_action="authentication.first-factor", source_ip=planted["guesses"]["source"]))
    check("bundle: the leaver's account", is_there(event_outcome="failure", source_ip=gone["source"], user_name=gone["account"]))
    check("bundle: the intruder's su", is_there(event_action="session.open", user_name="root", user_effective_name=thief["person"]) or
          any(o["event.action"] == "session.open" and o.get("user.name") == "root" and thief["person"] in json.dumps(o) for o in held))
    check("bundle: the exception that is overdue", is_there(event_action="exception.overdue"))
    wrong = {(o["event.action"], o.get("source.ip")) for o in held if o.get("event.outcome") == "failure" and o.get("source.ip") and
             o["source.ip"] not in sources} - {("role.answer", "192.0.2.52")}
    check("bundle: of failures from somewhere no others", wrong == set(), wrong)


check("nobody got in with the leaver's account", gone["got_in"] is False)
check("nobody approved their own request", own["status"] == 1)
for name in ("root.html", "auditor.html"):
    report(name)
review()
registers()
bundle()
