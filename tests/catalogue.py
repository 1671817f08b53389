#!/usr/bin/python3
"""Check the control catalogue: is it whole, consistent, and true to its sources?

    catalogue.py CONTROLS SOURCES     check, one summary line
    catalogue.py --list SOURCES       print every clause of the documents

CONTROLS holds catalogue.json and clauses.json. SOURCES holds the two
documents as text; where they are absent only the comparison with them is
skipped. Exit status: 0 whole, 1 something is wrong, 2 wrong usage.
"""

import json
import os
import re
import sys

BASIC, STRENGTHENED = "基本", "強化"
DOCUMENT_A = "contractor-measures.txt"
DOCUMENT_B = "nisd-k304-101.txt"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ"


class Unreadable(Exception):
    """The document does not have the structure this reader knows."""


# --- The documents -------------------------------------------------------


def lines_of(path):
    with open(path, encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            yield number, line.strip()


def clauses_of_a(path):
    """Each numbered item of each table: {"A1.4": None, ...}, in order.

    Footnotes begin with a bare number too, but never with the number that is
    due next; a number skipped by mistake makes the rest of its table vanish,
    which the comparison then reports.
    """
    found, table, due = {}, 0, 1
    for _, text in lines_of(path):
        if re.match(r"大項目\s+No", text):
            table, due = table + 1, 1
            continue
        item = re.match(r"(\d{1,2})\s+\D", text)
        if table and item and int(item[1]) == due:
            found[f"A{table}.{due}"] = None
            due += 1
    return found


class Node:
    """One number of document B with the text before its first child."""

    def __init__(self, clause, level):
        self.clause, self.level = clause, level
        self.text, self.children = "", 0

    def says_something(self):
        return not self.children or "。" in self.text


class ReaderB:
    """Keeps the open numbers, outermost first: 1.4.1.1, (3), (b), (ア)."""

    def __init__(self):
        self.nodes, self.open, self.level = [], [], None

    def enter(self, rank, mark, where):
        while self.open and self.open[-1][0] >= rank:
            self.open.pop()
        parent = self.open[-1][1] if self.open else None
        if rank and parent is None:
            raise Unreadable(f"{where}: {mark} outside of any clause")
        if rank < 2:
            self.level = None
        node = Node((parent.clause if parent else "B") + mark, self.level)
        if parent:
            parent.children += 1
        self.nodes.append(node)
        self.open.append((rank, node))
        return parent.children if parent else 0

    def number(self, rank, mark, order, where):
        nth = self.enter(rank, f"({mark})", where)
        if nth > len(order) or order[nth - 1] != mark:
            raise Unreadable(f"{where}: ({mark}) is out of order")

    def text(self, text):
        if self.open:
            self.open[-1][1].text += text


def clauses_of_b(path):
    """Each clause that states something itself: {"B1.4.1.1(1)(a)": "基本", ...}

    That is every lowest number, and every number above one that has a
    sentence of its own; headings without one are left out.
    """
    reader = ReaderB()
    for number, text in lines_of(path):
        where = f"{os.path.basename(path)}:{number}"
        level = re.match(r"【(基本|強化)遵守事項】", text)
        section = re.match(r"(\d+\.\d+\.\d+\.\d+)(?!\d)(.*)", text)
        heading = re.match(r"第\s*\d+\.\d+部|\d+\.\d+\.\d+\s", text)
        mark = re.match(r"\(([0-9]+|[a-z]|[ア-ワ])\)\s(.*)", text)
        if level:
            reader.level = level[1]
        elif section:
            reader.enter(0, section[1], where)
            reader.text(section[2])
        elif heading:
            reader.open.clear()
        elif mark and mark[1].isdigit():
            order = [str(n) for n in range(1, 100)]
            reader.number(1, mark[1], order, where)
            reader.text(mark[2])
        elif mark and mark[1] in LETTERS:
            reader.number(2, mark[1], LETTERS, where)
            reader.text(mark[2])
        elif mark:
            reader.number(3, mark[1], KANA, where)
            reader.text(mark[2])
        else:
            reader.text(text)
    found = {}
    for node in reader.nodes:
        if node.clause in found:
            raise Unreadable(f"{node.clause} occurs twice")
        if node.says_something():
            found[node.clause] = node.level
    return found


def read_documents(sources):
    """All clauses with their level, or None where the documents are absent."""
    a = os.path.join(sources, DOCUMENT_A)
    b = os.path.join(sources, DOCUMENT_B)
    if not os.path.exists(a) and not os.path.exists(b):
        return None
    return {**clauses_of_a(a), **clauses_of_b(b)}


# --- The catalogue -------------------------------------------------------


def unique_keys(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key occurs twice among {keys}")
    return dict(pairs)


def load(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream, object_pairs_hook=unique_keys)


def is_text(value):
    return isinstance(value, str) and value.strip() == value != ""


def is_japanese(value):
    return is_text(value) and re.search("[\u3040-\u30ff\u4e00-\u9fff]", value)


def repeated(values):
    return sorted({v for v in values if values.count(v) > 1})


ROW_KEYS = ["id", "policy", "clauses", "level", "title_en", "title_ja", "answer_en",
            "check", "evidence"]
CLAUSE_KEYS = {"clause", "level", "title_en", "title_ja", "rows", "organisation"}
EDITION_KEYS = {"title_ja", "title_en", "number", "edition", "edition_ja",
                "covers_en", "covers_ja"}


def edition_faults(edition):
    if set(edition) != {"A", "B"}:
        yield f"edition names {sorted(edition)}, not A and B"
    for name, facts in edition.items():
        if set(facts) != EDITION_KEYS:
            yield f"edition {name}: keys {sorted(facts)}"
        elif not all(is_text(v) for k, v in facts.items() if k != "number"):
            yield f"edition {name}: an empty value"


def evidence_faults(row):
    if not isinstance(row["evidence"], dict) or not row["evidence"]:
        yield f"{row['id']}: evidence is not an object of filters"
        return
    if row["evidence"].get("sekisho.control") != row["id"]:
        yield f"{row['id']}: evidence does not ask for its own control id"
    for field, wanted in row["evidence"].items():
        wanted = wanted if isinstance(wanted, list) else [wanted]
        if not wanted or not all(is_text(value) for value in wanted):
            yield f"{row['id']}: evidence {field} has no value to compare"
        for value in wanted if field == "event.action" else []:
            if not re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*", value):
                yield f"{row['id']}: {value} is no event action"


def row_faults(row):
    """Faults of one row by itself."""
    if [key for key in row if key != "also"] != ROW_KEYS:
        yield f"row {row.get('id')}: keys are not {ROW_KEYS}"
        return
    if not re.fullmatch(r"(AUTH|PRIV|LOG|KEY|PROVE)-[1-9][0-9]*", row["id"]):
        yield f"{row['id']}: not an id"
    if row["level"] not in (BASIC, STRENGTHENED):
        yield f"{row['id']}: level {row['level']}"
    if not is_text(row["title_en"]) or not is_text(row["answer_en"]):
        yield f"{row['id']}: English title or answer missing"
    if not is_japanese(row["title_ja"]):
        yield f"{row['id']}: Japanese title missing"
    checks = [row["check"], *row.get("also", [])]
    for name in checks:
        if name is not None and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            yield f"{row['id']}: check {name}"
    if "also" in row and (len(checks) < 2 or None in checks or repeated(checks)):
        yield f"{row['id']}: further checks, without a first one or twice"
    if repeated(row["policy"]) or not all(
            re.fullmatch(r"[a-z-]+\.[a-z_]+", key) for key in row["policy"]):
        yield f"{row['id']}: policy is not a list of SECTION.KEY, each once"
    if not row["clauses"] or repeated(row["clauses"]):
        yield f"{row['id']}: clauses empty or repeated"
    yield from evidence_faults(row)


def clause_faults(clause, rows, reasons):
    """Faults of one clause by itself and of what it maps to."""
    name = clause.get("clause")
    if not set(clause) <= CLAUSE_KEYS or not CLAUSE_KEYS - set(clause) <= {"organisation"}:
        yield f"clause {name}: keys {sorted(clause)}"
        return
    if not is_japanese(clause["title_ja"]) or len(clause["title_ja"]) > 40:
        yield f"{name}: Japanese title missing or longer than 40"
    if not is_text(clause["title_en"]) or not clause["title_en"].isascii() \
            or len(clause["title_en"]) > 80:
        yield f"{name}: English title missing or longer than 80"
    if clause["level"] not in (BASIC, STRENGTHENED, None):
        yield f"{name}: level {clause['level']}"
    if not clause["rows"] and "organisation" not in clause:
        yield f"{name}: maps to nothing"
    for row in clause["rows"]:
        if row not in rows:
            yield f"{name}: maps to unknown row {row}"
    if clause.get("organisation", None) not in {None, *reasons}:
        yield f"{name}: unknown reason {clause['organisation']}"


def level_of(row, clauses):
    """強化 where every cited clause that has a level is 強化, else 基本."""
    levels = {clauses[c]["level"] for c in row["clauses"] if c in clauses}
    return STRENGTHENED if levels - {None} == {STRENGTHENED} else BASIC


def mapping_faults(rows, clauses):
    """Rows and clauses name each other, or one of the two forgot."""
    for row in rows.values():
        for name in row["clauses"]:
            if name not in clauses:
                yield f"{row['id']}: cites {name}, which is not in clauses.json"
            elif row["id"] not in clauses[name]["rows"]:
                yield f"{row['id']}: cites {name}, which does not map to it"
        if row["level"] != level_of(row, clauses):
            yield f"{row['id']}: level should be {level_of(row, clauses)}"
    for name, clause in clauses.items():
        for row in clause["rows"]:
            if row in rows and name not in rows[row]["clauses"]:
                yield f"{name}: maps to {row}, which does not cite it"


def reason_faults(reasons, clauses):
    used = {c.get("organisation") for c in clauses.values()}
    for name, reason in reasons.items():
        if set(reason) != {"en", "ja"} or not is_text(reason["en"]) \
                or not is_japanese(reason["ja"]):
            yield f"reason {name}: needs en and ja"
        if name not in used:
            yield f"reason {name}: no clause uses it"


def document_faults(documents, clauses):
    for name in documents:
        if name not in clauses:
            yield f"{name}: is in the documents, missing from clauses.json"
    for name, clause in clauses.items():
        if name not in documents:
            yield f"{name}: is in clauses.json, not in the documents"
        elif documents[name] != clause["level"]:
            yield f"{name}: level {clause['level']}, the document has {documents[name]}"
    if set(documents) == set(clauses) and list(documents) != list(clauses):
        yield "clauses.json is not in the documents' order"


def catalogue_faults(catalogue, register):
    rows = {row.get("id"): row for row in catalogue["rows"]}
    clauses = {c.get("clause"): c for c in register["clauses"]}
    reasons = register["reasons"]
    yield from edition_faults(catalogue["edition"])
    for name in repeated([row.get("id") for row in catalogue["rows"]]):
        yield f"{name}: id occurs twice"
    for name in repeated([c.get("clause") for c in register["clauses"]]):
        yield f"{name}: clause occurs twice"
    alone = [f for row in catalogue["rows"] for f in row_faults(row)]
    alone += [f for c in register["clauses"] for f in clause_faults(c, rows, reasons)]
    yield from alone
    if not any("keys" in fault for fault in alone):
        yield from mapping_faults(rows, clauses)
        yield from reason_faults(reasons, clauses)


def summary(catalogue, register, compared):
    clauses = register["clauses"]
    both = sum(1 for c in clauses if c["rows"] and "organisation" in c)
    alone = sum(1 for c in clauses if not c["rows"])
    a = sum(1 for c in clauses if c["clause"].startswith("A"))
    return (f"catalogue: {len(catalogue['rows'])} rows, {len(clauses)} clauses "
            f"(A {a}, B {len(clauses) - a}): {len(clauses) - both - alone} by rows, "
            f"{both} shared, {alone} organisation's; "
            f"{'equal to' if compared else 'not compared with'} the documents")


def check(controls, sources):
    try:
        catalogue = load(os.path.join(controls, "catalogue.json"))
        register = load(os.path.join(controls, "clauses.json"))
        faults = list(catalogue_faults(catalogue, register))
        documents = read_documents(sources)
    except (OSError, ValueError, KeyError, TypeError, AttributeError,
            Unreadable) as error:
        print(f"catalogue: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if documents is None:
        print(f"catalogue: no documents in {sources}, comparison with them skipped")
    else:
        known = {c.get("clause"): c for c in register["clauses"]}
        faults += document_faults(documents, known)
    for fault in faults:
        print(f"catalogue: {fault}", file=sys.stderr)
    if faults:
        print(f"catalogue: {len(faults)} faults", file=sys.stderr)
        return 1
    print(summary(catalogue, register, documents is not None))
    return 0


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[0] != "--list":
        return check(*arguments)
    for name, level in (read_documents(arguments[1]) or {}).items():
        print(name, level or "-")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
