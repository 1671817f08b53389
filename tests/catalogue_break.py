#!/usr/bin/python3
"""Break copies of the catalogue, one fault at a time, and expect each found.

    catalogue_break.py CONTROLS SOURCES

A check that cannot fail shows nothing, so this runs catalogue.py against each
broken copy and wants both its exit status and a word of its message.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalogue.py")


def row(catalogue, name):
    return next(r for r in catalogue["rows"] if r["id"] == name)


def clause(register, name):
    return next(c for c in register["clauses"] if c["clause"] == name)


def in_catalogue(change):
    return "catalogue.json", lambda text: changed(text, change)


def in_clauses(change):
    return "clauses.json", lambda text: changed(text, change)


def changed(text, change):
    data = json.loads(text)
    change(data)
    return json.dumps(data, ensure_ascii=False)


def without(text, part, replacement=""):
    if part not in text:
        raise SystemExit(f"break: the document no longer has {part!r}")
    return text.replace(part, replacement, 1)


def in_b(part, replacement=""):
    return "nisd-k304-101.txt", lambda text: without(text, part, replacement)


def in_a(part, replacement=""):
    return "contractor-measures.txt", lambda text: without(text, part, replacement)


# What is broken, where, and what the message must say.
BREAKS = [
    ("rows are no JSON", ("catalogue.json", lambda t: t[:-4]), "JSONDecodeError"),
    ("clauses are no JSON", ("clauses.json", lambda t: t + "}"), "JSONDecodeError"),
    ("a key twice", ("catalogue.json", lambda t: without(
        t, '"check":', '"check": null, "check":')), "key occurs twice"),
    ("an id twice", in_catalogue(
        lambda d: d["rows"].append(d["rows"][0])), "AUTH-1: id occurs twice"),
    ("a clause twice", in_clauses(
        lambda d: d["clauses"].append(d["clauses"][0])), "A1.1: clause occurs twice"),
    ("a row cites an unknown clause", in_catalogue(
        lambda d: row(d, "AUTH-2")["clauses"].append("B9.9.9.9(1)")),
     "which is not in clauses.json"),
    ("a clause maps to an unknown row", in_clauses(
        lambda d: clause(d, "A1.9")["rows"].append("AUTH-99")), "unknown row AUTH-99"),
    ("a clause maps to nothing", in_clauses(
        lambda d: clause(d, "A1.2").pop("organisation")), "A1.2: maps to nothing"),
    ("a clause gives an unknown reason", in_clauses(
        lambda d: clause(d, "A1.2").update(organisation="because")), "unknown reason"),
    ("a reason without Japanese", in_clauses(
        lambda d: d["reasons"]["mail"].update(ja="Mail.")), "reason mail: needs"),
    ("a reason nobody uses", in_clauses(
        lambda d: d["reasons"].update(moon=d["reasons"]["mail"])), "no clause uses it"),
    ("a row forgets its clause", in_catalogue(
        lambda d: row(d, "LOG-2")["clauses"].__setitem__(0, "A1.9")),
     "maps to LOG-2, which does not cite it"),
    ("a clause forgets its row", in_clauses(
        lambda d: clause(d, "A1.9")["rows"].remove("PRIV-2")),
     "PRIV-2: cites A1.9, which does not map to it"),
    ("a row at the wrong level", in_catalogue(
        lambda d: row(d, "PRIV-4").update(level="基本")), "level should be 強化"),
    ("a row without Japanese", in_catalogue(
        lambda d: row(d, "PRIV-4").update(title_ja="Admin")), "Japanese title missing"),
    ("a further check twice", in_catalogue(
        lambda d: row(d, "PRIV-12")["also"].append("host-current")), "PRIV-12: further checks"),
    ("a row without evidence", in_catalogue(
        lambda d: row(d, "PRIV-4").update(evidence={})), "evidence is not"),
    ("a misspelt event", in_catalogue(
        lambda d: row(d, "AUTH-5")["evidence"].update({"event.action": ["Code"]})),
     "Code is no event action"),
    ("a misspelt check", in_catalogue(
        lambda d: row(d, "AUTH-5").update(check="MFA on")), "AUTH-5: check MFA on"),
    ("a row without a check", in_catalogue(
        lambda d: row(d, "AUTH-5").pop("check")), "row AUTH-5: keys"),
    ("no edition of B", in_catalogue(
        lambda d: d["edition"].pop("B")), "edition names"),
    ("a clause of B is forgotten", in_clauses(
        lambda d: d["clauses"].remove(clause(d, "B1.2.1.1(1)(b)"))),
     "B1.2.1.1(1)(b): is in the documents, missing"),
    ("an item of A is forgotten", in_clauses(
        lambda d: d["clauses"].remove(clause(d, "A2.18"))),
     "A2.18: is in the documents, missing"),
    ("a clause is invented", in_clauses(
        lambda d: clause(d, "A2.18").update(clause="A2.30")),
     "A2.30: is in clauses.json, not in the documents"),
    ("a clause at the wrong level", in_clauses(
        lambda d: clause(d, "B1.2.2.2(1)(g)").update(level="基本")),
     "the document has 強化"),
    ("the clauses in another order", in_clauses(
        lambda d: d["clauses"].reverse()), "not in the documents' order"),
    ("B lost a clause", in_b("(エ) 主体認証情報格納装置を利用"),
     "B1.4.1.1(2)(d)(エ): is in clauses.json, not"),
    ("B gained a clause", in_b("(2) 主体認証情報の管理", "(f) 新設すること。\n(2) 主体認証情報の管理"),
     "B1.4.1.1(1)(f): is in the documents, missing"),
    ("B skips a letter", in_b("(a) 最高情報セキュリティ責任者を"), "is out of order"),
    ("A lost an item", in_a("15 情報システムの使用に"), "A1.15: is in clauses.json, not"),
    ("A gained an item", in_a("5 受託者が", "30 追加の対策を行う。\n5 受託者が"),
     "A2.30: is in the documents, missing"),
]


def run(folder):
    command = ["/usr/bin/python3", "-B", CHECKER, folder, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def attempt(originals, name, change):
    """Copies everything, changes one file, gives the checker's answer."""
    with tempfile.TemporaryDirectory() as folder:
        for path in originals:
            shutil.copy(path, folder)
        if change:
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as stream:
                text = change(stream.read())
            os.chmod(path, 0o600)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
        return run(folder)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    controls, sources = arguments
    originals = [os.path.join(controls, n) for n in ("catalogue.json", "clauses.json")]
    documents = [os.path.join(sources, n)
                 for n in ("contractor-measures.txt", "nisd-k304-101.txt")]
    if not all(map(os.path.exists, documents)):
        print(f"break: no documents in {sources}, skipped")
        return 0
    status, said = attempt(originals + documents, "", None)
    if status:
        print(f"break: the unbroken copy fails: {said}", file=sys.stderr)
        return 1
    missed = 0
    for what, (name, change), wanted in BREAKS:
        status, said = attempt(originals + documents, name, change)
        if status != 1 or wanted not in said or "Traceback" in said:
            missed += 1
            print(f"break: not found: {what}: {status} {said}", file=sys.stderr)
    print(f"break: {len(BREAKS) - missed} of {len(BREAKS)} faults found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
