#!/bin/bash
# Each shipped profile of the source documents names, behind each of its lines, the rows of the
# control catalogue that the line serves; every row of its documents and level that a policy key can
# serve is named; and each key that the catalogue names is one of the policy.
#
#   tests/static/profiles.sh [PROFILES [CONTROLS]]    folders to look at instead
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 -B - "${1-conf/profiles}" "${2-conf/controls}" <<'EOF'
import json, re, sys

profiles, controls = sys.argv[1:]
rows = {r["id"]: r for r in json.load(open(controls + "/catalogue.json", encoding="utf-8"))["rows"]}
levels = {c["clause"]: c["level"]
          for c in json.load(open(controls + "/clauses.json", encoding="utf-8"))["clauses"]}
faults = []

# The keys that there are.
table = open("policyd/policy/table.c", encoding="utf-8").read()
arrays = {}
for name, body in re.findall(r"policy_key (\w+)_keys\[\] = \{(.*?)\n\};", table, re.S):
    arrays[name] = re.findall(r'^    \{"(\w+)", value_', body, re.M)
known = set()
for kind, name in re.findall(r'^    \{"([a-z-]+)", (?:true|false),.*?(\w+)_keys, COUNT', table, re.M | re.S):
    known |= {f"{kind}.{key}" for key in arrays[name]}
assert len(known) > 100, "the table of the policy could not be read"
for row in rows.values():
    for key in row["policy"]:
        if key not in known:
            faults.append(f"catalogue: {row['id']}: the policy has no key {key}")


def wanted(name):
    """The rows that this profile is about."""
    for row in rows.values():
        a = any(c.startswith("A") for c in row["clauses"])
        basic = any(levels[c] != "強化" for c in row["clauses"] if c.startswith("B"))
        if a or name == "strengthened" or name == "basic" and basic:
            yield row["id"]


def read(path):
    """(section, key, ids, line number) of each line, those to be filled in too."""
    section = None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        head = re.match(r"#?\[([a-z-]+)(?: [^\]]+)?\]$", line)
        key = re.match(r"#?([a-z_]+) = (.+)$", line)
        if head:
            section = head[1]
        elif key:
            ids = re.search(r" # ((?:[A-Z]+-\d+(?:, )?)+)$", key[2])
            yield section, key[1], ids[1].split(", ") if ids else [], number


def look(name, path):
    served = set()
    for section, key, ids, number in read(path):
        where = f"{path}:{number}"
        if not ids and (section, key) not in EXEMPT and not path.endswith(".sample"):
            faults.append(f"{where}: {key} names no row that it serves")
        for i in ids:
            if i not in rows:
                faults.append(f"{where}: there is no row {i}")
            elif f"{section}.{key}" not in rows[i]["policy"]:
                faults.append(f"{where}: the catalogue does not say that {section}.{key} serves {i}")
            served.add(i)
    return served


EXEMPT = {("rule", "control")}  # it names the row itself
people = look("", profiles + "/people.sample")
names = ("contractor", "basic", "strengthened")
for name in names:
    served = look(name, f"{profiles}/{name}.conf")
    for i in wanted(name):
        if rows[i]["policy"] and i not in served | people:
            faults.append(f"{name}: nothing serves {i}, which {', '.join(rows[i]['policy'])} could")
    extra = served - set(wanted(name))
    if extra:
        faults.append(f"{name}: serves what it is not about: {sorted(extra)}")
for fault in faults:
    print(fault)
if faults:
    sys.exit(1)
print(f"{len(names)} profiles, {len(rows)} rows, {sum(1 for r in rows.values() if r['policy'])} of them by policy")
EOF
