#!/usr/bin/python3
"""A strict reader of Prometheus's text format 0.0.4: promcheck.py [-v NAME{LABELS}] <TEXT

Ends with 1 and a sentence for each line that is not as the format wants it, for a family without
HELP or TYPE, samples of one family in two places, a sample twice, counters that do not end in
_total, histograms that are not cumulative or whose count differs from the last bucket. With -v
prints the value of one sample ("" when it is not there), labels in any order.
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (\S+)")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|[+-]Inf|NaN")
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
faults = []


def labels_of(text):
    return tuple(sorted(re.findall(LABEL, text or "")))


def family_of(name, types):
    for suffix in ("_bucket", "_sum", "_count"):
        base = name[: -len(suffix)]
        if name.endswith(suffix) and types.get(base) == "histogram":
            return base
    return name


def read(text):
    helped, types, samples, order = set(), {}, {}, []
    if not text.endswith("\n"):
        faults.append("the last line has no end")
    for number, line in enumerate(text.split("\n")[:-1], 1):
        comment = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
        if comment:
            kind, name, rest = comment.groups()
            if kind == "HELP" and name in helped or kind == "TYPE" and name in types:
                faults.append(f"{number}: second {kind} of {name}")
            if kind == "TYPE":
                if rest not in TYPES:
                    faults.append(f"{number}: no type: {rest}")
                if name not in helped:
                    faults.append(f"{number}: {name} has TYPE before HELP")
                types[name] = rest
            elif re.search(r"\\(?![\\n])", rest):
                faults.append(f"{number}: a lone backslash in HELP")
            helped.add(name)
            continue
        match = SAMPLE.fullmatch(line)
        if not match or not NUMBER.fullmatch(match.groups()[-1]):
            faults.append(f"{number}: no sample: {line}")
            continue
        name, value = match.group(1), float(match.groups()[-1])
        key = (name, labels_of(match.group(2)))
        family = family_of(name, types)
        if family not in types:
            faults.append(f"{number}: {family} has no TYPE before it")
        if len(dict(key[1])) != len(key[1]):
            faults.append(f"{number}: a label twice")
        if key in samples:
            faults.append(f"{number}: {line.split(' ')[0]} for the second time")
        if not order or order[-1] != family:
            if family in order:
                faults.append(f"{number}: {family} begins again")
            order.append(family)
        samples[key] = value
    return types, samples


def check(types, samples):
    for name, kind in types.items():
        if kind == "counter" and not name.endswith("_total"):
            faults.append(f"the counter {name} does not end in _total")
        if kind == "counter" and any(v < 0 for (n, _), v in samples.items() if n == name):
            faults.append(f"the counter {name} is negative")
        if kind != "histogram":
            continue
        bounds = [(float(dict(l)["le"]), v) for (n, l), v in samples.items()
                  if n == name + "_bucket"]
        if [b for b, _ in bounds] != sorted({b for b, _ in bounds}):
            faults.append(f"{name}: bounds out of order")
        if [v for _, v in bounds] != sorted(v for _, v in bounds):
            faults.append(f"{name}: buckets are not cumulative")
        if not bounds or bounds[-1][0] != float("inf") or \
                bounds[-1][1] != samples.get((name + "_count", ())):
            faults.append(f"{name}: its count is not that of the last bucket")
        if (name + "_sum", ()) not in samples:
            faults.append(f"{name}: no sum")


types, samples = read(sys.stdin.read())
check(types, samples)
if len(sys.argv) == 3 and sys.argv[1] == "-v":
    match = re.fullmatch(rf"({NAME})(?:\{{(.*)\}})?", sys.argv[2])
    value = samples.get((match.group(1), labels_of(match.group(2))))
    print("" if value is None else f"{value:.15g}")
else:
    print("\n".join(faults) if faults else f"{len(samples)} samples of {len(types)} families")
sys.exit(1 if faults else 0)
