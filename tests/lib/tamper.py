"""The tamper matrix: tamper.py BUILD WORK FLIPS.

Logs are made by makelog, changed here as somebody with the whole disk could, and verified by the
command. What decides is its exit status and the kind of the first finding.
"""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys

BUILD, WORK, FLIPS = sys.argv[1], sys.argv[2], int(sys.argv[3])
SEED = int(os.environ.get("SEED", random.randrange(1 << 31)))
passed = failed = 0
random.seed(SEED)


def check(what, holds, *said):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(("ok - " if holds else "not ok - ") + what)
    if not holds:
        for line in said:
            print("    #", line)
    sys.stdout.flush()


def path(name, *more):
    return os.path.join(WORK, name, *more)


def make(name, count, *what, turn=64):
    subprocess.run([f"{BUILD}/tests/makelog", path(name), str(count), str(turn), *what],
                   check=True)


def copy(name, to):
    shutil.rmtree(path(to), ignore_errors=True)
    shutil.copytree(path(name), path(to))
    return to


def verify(name, *options):
    run = subprocess.run(
        [f"{BUILD}/sekisho", "audit", "verify", "--state-dir", path(name), "--json", *options],
        capture_output=True, text=True)
    try:
        found = json.loads(run.stdout)["findings"]
    except (ValueError, KeyError):
        found = []
    return run.returncode, found, run.stdout + run.stderr


def text(name, file):
    with open(path(name, file), encoding="utf-8") as f:
        return f.read().strip()


def epoch_key(name):
    c = connect(name)
    body = c.execute("SELECT body FROM records ORDER BY seq LIMIT 1").fetchone()[0]
    c.close()
    return json.loads(body)["sekisho.log.epoch_key"]


def connect(name):
    c = sqlite3.connect(path(name, "sekisho.db"), isolation_level=None)
    c.text_factory = bytes
    return c


def expect(what, name, status, kind, *options, seq=None):
    """kind: that of one of the findings; seq: a record that it covers."""
    got, found, said = verify(name, *options)
    fits = [f for f in found if f["kind"] == kind]
    if seq is not None:
        fits = [f for f in fits if f["record"] <= seq <= f["to"]]
    check(f"{what}: {kind or 'fine'}, status {status}",
          got == status and (fits if kind else not found), f"status {got}", said[:600])


def tampered(what, change, kind, *options, seq=None, status=4, base="log"):
    name = copy(base, "changed")
    c = connect(name)
    for step in change if isinstance(change, list) else [change]:
        if callable(step):
            step(c)
        else:
            c.execute(step)
    c.close()
    expect(what, name, status, kind, *options, seq=seq)


# ---- single changes ---------------------------------------------------------------------------

def row(c, seq):
    return c.execute("SELECT header, user, source, action, outcome, reason, body FROM records"
                     " WHERE seq = ?", (seq,)).fetchone()


TEXTS = {"user", "source", "reason", "note", "origin", "vkey"}


def text_or_none(value):
    return None if value is None else bytes(value)


def put(c, seq, values):
    header, user, source, action, outcome, reason, body = values
    c.execute("DELETE FROM records WHERE seq = ?", (seq,))
    c.execute("INSERT INTO records (seq, header, user, source, action, outcome, reason, body)"
              " VALUES (?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?)",
              (seq, header, text_or_none(user), text_or_none(source), action, outcome, reason,
               body))


def swap(a, b):
    def change(c):
        x, y = row(c, a), row(c, b)
        put(c, a, y)
        put(c, b, x)
    return change


def double(seq):
    def change(c):
        last = c.execute("SELECT max(seq) FROM records").fetchone()[0]
        put(c, last + 1, row(c, seq))
    return change


def invent(c):
    """A record that fits in everything but is covered by no head; 64 of them are too many."""
    for _ in range(64):
        last = c.execute("SELECT max(seq) FROM records").fetchone()[0]
        header, *rest = row(c, last - 10)
        header = bytearray(header)
        header[1:9] = (last + 1).to_bytes(8, "big")
        put(c, last + 1, (bytes(header), *rest))


def blob_outcome(c):
    """The table takes numbers only: without its being STRICT for a moment, it takes this."""
    c.execute("PRAGMA writable_schema = ON")
    sql = c.execute("SELECT sql FROM sqlite_schema WHERE name = 'records'").fetchone()[0]
    c.execute("UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'records'")
    c.execute("PRAGMA writable_schema = RESET")
    c.execute("UPDATE records SET outcome = x'' WHERE seq = 100")
    c.execute("PRAGMA writable_schema = ON")
    c.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'records'", (sql,))


def singles():
    body = "CAST(replace(CAST(body AS TEXT), 'sshd', 'sshx') AS BLOB)"
    gone = "body = NULL, user = NULL, source = NULL, reason = '', outcome = 2"
    tampered("a body is changed", f"UPDATE records SET body = {body} WHERE seq = 100",
             "body-changed", seq=100)
    tampered("a record is dropped", "DELETE FROM records WHERE seq = 200", "record-missing",
             seq=200)
    tampered("the first record is dropped", "DELETE FROM records WHERE seq = 1",
             "record-missing", seq=1)
    tampered("two records are swapped", swap(300, 307), "record-moved", seq=300)
    tampered("a record is doubled", double(300), "record-moved")
    tampered("records are added without a head", invent, "unsigned")
    tampered("the end is cut off", "DELETE FROM records WHERE seq > 500", "cut", seq=500)
    tampered("a body is gone", f"UPDATE records SET {gone} WHERE seq = 101", "deletion-not-due",
             seq=101)
    tampered("a beginning's body is gone", f"UPDATE records SET {gone} WHERE seq = 1",
             "deletion-not-due", seq=1)
    tampered("a column hides a record from a search by user",
             "UPDATE records SET user = NULL WHERE seq = 100", "index-column", seq=100)
    tampered("a column shows a record under another user",
             "UPDATE records SET user = 'mallory' WHERE seq = 100", "index-column", seq=100)
    tampered("a number is turned into a blob of no bytes", blob_outcome, "index-column", seq=100)
    tampered("an index leaves out a record", "DELETE FROM records_user WHERE seq = 30",
             "index-search")
    tampered("an index leads to another record",
             "UPDATE records_source SET seq = seq + 1000000 WHERE seq = 30", "index-search")
    tampered("indexes claim to know records that they do not",
             "UPDATE counter SET indexed = 1000000", "index-search")
    tampered("a trigger waits for the next reader",
             "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END",
             "index-schema")
    tampered("a head is gone", "DELETE FROM heads WHERE size = (SELECT min(size) FROM heads)",
             "head")
    tampered("a node is changed", "UPDATE nodes SET hash = zeroblob(32) WHERE n = 1",
             "index-node", seq=257)
    tampered("the table of chains is emptied", "DELETE FROM chains", "index-chains")


# ---- every byte -------------------------------------------------------------------------------

PARTS = ([("records", "seq", column) for column in
          ("header", "header", "body", "body", "user", "source", "action", "outcome", "reason")] +
         [("nodes", "rowid", column) for column in ("hash", "chain", "level", "n")] +
         [("heads", "rowid", column) for column in ("note", "chain", "size", "sealed")] +
         [("chains", "id", column) for column in ("first", "origin", "vkey")])
KEYS = {"nodes": "chain, level, n", "heads": "chain, size"}


def flip_stored(c):
    """One bit of one value of one row; the primary key is told so that it can be put back."""
    table, key, column = random.choice(PARTS)
    names = KEYS.get(table, key)
    keys = c.execute(f"SELECT {names} FROM {table} WHERE {column} IS NOT NULL").fetchall()
    at = random.choice(keys)
    where = " AND ".join(f"{name} = ?" for name in names.split(", "))
    value = c.execute(f"SELECT {column} FROM {table} WHERE {where}", at).fetchone()[0]
    if isinstance(value, int):
        new = value ^ 1 << random.randrange(16)
        placed = "?"
    else:
        if not value:
            return None
        new = bytearray(value)
        new[random.randrange(len(new))] ^= 1 << random.randrange(8)
        new = bytes(new)
        placed = "CAST(? AS TEXT)" if column in TEXTS else "?"
    try:
        c.execute(f"UPDATE {table} SET {column} = {placed} WHERE {where}", (new, *at))
    except sqlite3.IntegrityError:
        return None
    return f"{table} {dict(zip(names.split(', '), at))} {column}", table, at, column


def flips_stored(count):
    missed, unnamed, done = [], [], 0
    while done < count:
        name = copy("small", "changed")
        c = connect(name)
        what = flip_stored(c)
        c.close()
        if what is None:
            continue
        done += 1
        status, found, said = verify(name)
        if status not in (4, 7):
            missed.append(f"{what[0]}: status {status} {said[:200]}")
        elif what[1] == "records" and not any(
                f["record"] <= what[2][0] <= f["to"] for f in found if f["record"] != 0):
            unnamed.append(f"{what[0]}: {said[:300]}")
    check(f"{count} values with one bit turned are all found", not missed, *missed[:10])
    check("and where it was in a record, that record is named", not unnamed, *unnamed[:10])


def content(name):
    """All that the log's tables hold and what its indexes lead to; None: not readable."""
    try:
        c = connect(name)
        c.text_factory = lambda text: ("text", text)  # a blob of the same bytes is another value
        out = [c.execute(f"SELECT * FROM {t} ORDER BY 1, 2, 3").fetchall()
               for t in ("records", "nodes", "heads", "chains")]
        for column in ("user", "source"):
            out.append(c.execute(f"SELECT {column}, seq FROM records_{column}"
                                 f" ORDER BY {column}, seq").fetchall())
        out.append(c.execute("SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')"
                             " OR tbl_name IN ('records', 'records_user', 'records_source', 'nodes',"
                             " 'heads', 'chains')"
                             " ORDER BY name").fetchall())
        c.close()
        return out
    except (sqlite3.Error, OverflowError):
        return None


def flips_file(count):
    """One bit of the file, wherever: found, or of no meaning for the log."""
    whole, missed, found = content("small"), [], 0
    with open(path("small", "sekisho.db"), "rb") as f:
        used = [i for i, byte in enumerate(f.read()) if byte != 0]
    copy("small", "changed")
    for _ in range(count):
        at, bit = random.choice(used), 1 << random.randrange(8)
        shutil.copy(path("small", "sekisho.db"), path("changed", "sekisho.db"))
        for rest in ("-wal", "-shm"):
            if os.path.exists(path("changed", "sekisho.db" + rest)):
                os.unlink(path("changed", "sekisho.db" + rest))
        with open(path("changed", "sekisho.db"), "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ bit]))
        status, _, said = verify("changed")
        found += status != 0
        if status not in (0, 4, 7) or (status == 0 and content("changed") != whole):
            missed.append(f"byte {at} bit {bit}: status {status} {said[:200]}")
    check(f"{count} files with one bit turned: {found} found, the rest means nothing to the log",
          not missed, *missed[:10])


# ---- the whole log ----------------------------------------------------------------------------

def rewind():
    """Older copies, one for each head that left the host."""
    copies = []
    for i in range(8):
        make("grows", 90, turn=30)
        copies.append(copy("grows", f"old{i}"))
    seen = path("grows", "seen")
    expect("the newest copy, and the heads that were seen", "grows", 0, None, "--seen", seen)
    wrong = []
    for name in copies[:-1]:
        status, found, said = verify(name, "--seen", seen)
        if status != 6 or [f["kind"] for f in found] != ["older"]:
            wrong.append(f"{name}: {status} {said[:300]}")
    check("each older copy is told from the newest by a head seen: older, status 6", not wrong,
          *wrong)
    expect("an older copy without heads seen agrees with itself", "old2", 0, None)


def cut_at_heads():
    """Who has the log key cuts the end off and leaves no trace inside; a head that left tells."""
    wrong, tried = [], 0
    sizes = sorted({int(line.split("#012")[1]) for line in open(path("log", "seen"))})
    for size in sizes[:-1]:
        name = copy("log", "changed")
        c = connect(name)
        c.execute("DELETE FROM records WHERE seq > ?", (size,))
        c.execute("DELETE FROM heads WHERE size > ?", (size,))
        c.execute("DELETE FROM nodes WHERE (n + 1) << (8 * level) > ?", (size,))
        note = next(line.split("head ", 1)[1].strip().replace("#012", "\n")
                    for line in open(path("log", "seen"), encoding="utf-8")
                    if f"#012{size}#012" in line)
        c.execute("INSERT OR REPLACE INTO heads VALUES (1, ?, 0, ?)", (size, note))
        c.close()
        tried += 1
        status, found, said = verify(name, "--seen", path("log", "seen"))
        if status != 6 or found[0]["kind"] != "older" or found[0]["record"] != size:
            wrong.append(f"{size}: {status} {said[:300]}")
        status, found, said = verify(name)
        if status != 0:
            wrong.append(f"{size} without --seen: {status} {said[:300]}")
    check(f"the end cut at each of {tried} heads is told by the next one: older, status 6",
          tried > 3 and not wrong, *wrong[:5])


def another_log():
    key = "--trust", text("log", "vkey")
    epoch = "--trust", epoch_key("log")
    expect("the log and the keys that were noted", "log", 0, None, *key, *epoch)
    os.mkdir(path("forged"))
    for file in ("log.key", "auditor.key"):
        shutil.copy(path("log", file), path("forged", file))
    make("forged", 900)
    expect("a log made anew with the same key agrees with that key", "forged", 0, None, *key)
    expect("but not with the key of the first epoch", "forged", 4, "other-log", *key, *epoch)
    expect("nor with heads that were seen", "forged", 4, "fork", "--seen", path("log", "seen"))
    make("stranger", 300)
    expect("a log of another key", "stranger", 4, "other-log", *key)


def twins():
    """One identity running twice: both sign for the same size."""
    copy("log", "twin")
    make("twin", 200)
    copy("log", "other")
    make("other", 260)
    both = path("both")
    with open(both, "w", encoding="utf-8") as f:
        f.write(open(path("twin", "seen"), encoding="utf-8").read())
    expect("one identity running twice", "other", 4, "fork", "--seen", both)


def reseal():
    """After a staged crash in an older copy, history is made anew and sealed with today's key."""
    make("victim", 300)
    copy("victim", "resealed")
    make("victim", 300)
    todays = [f for f in os.listdir(path("victim", "seal")) if not f.startswith(".")][0]
    c = connect("resealed")
    epoch = c.execute("SELECT value FROM meta WHERE name = 'chain.epoch'").fetchone()[0].split(b" ")
    n = connect("victim")
    todays_key = n.execute("SELECT value FROM meta WHERE name = 'chain.epoch'").fetchone()[0]
    n.close()
    epoch[1] = todays_key.split(b" ")[1]
    c.execute("UPDATE meta SET value = CAST(? AS TEXT) WHERE name = 'chain.epoch'",
              (b" ".join(epoch),))
    c.close()
    for file in os.listdir(path("resealed", "seal")):
        os.unlink(path("resealed", "seal", file))
    shutil.copy(path("victim", "seal", todays),
                path("resealed", "seal", "1." + epoch[0].decode()))
    make("resealed", 300)
    expect("an old state sealed on with today's key", "resealed", 4, "seal")


def what_happens():
    """What a host may go through, and what only looks like it."""
    cases = [
        (["retention"], 0, None), (["redact"], 0, None), (["rotate"], 0, None),
        (["crash"], 0, None), (["sleep"], 0, None), (["clock-step"], 0, None),
        (["new-chain", "anchor"], 0, None),
        (["retention", "redact", "rotate", "crash", "new-chain", "anchor", "sleep"], 0, None),
        (["false-retention"], 4, "deletion-false"), (["kept"], 4, "deletion-undone"),
        (["new-chain"], 5, "unanchored"), (["new-chain", "false-anchor"], 4, "reanchor"),
        (["clock-back"], 5, "clock-step"), (["gap"], 5, "gap"),
    ]
    for i, (what, status, kind) in enumerate(cases):
        make(f"case{i}", 300, *what)
        expect(" + ".join(what), f"case{i}", status, kind, "--seen", path(f"case{i}", "seen"))
        shutil.rmtree(path(f"case{i}"))


def resume():
    """A run that is interrupted goes on, and is not fooled by what was changed since."""
    kept = path("resume")
    expect("a run that may be resumed", "log", 0, None, "--resume", kept)
    check("and is over leaves nothing behind", not os.path.exists(kept))


def main():
    make("log", 900)
    make("small", 300)
    c = connect("small")
    c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    c.close()
    expect("an untouched log", "log", 0, None, "--seen", path("log", "seen"))
    singles()
    cut_at_heads()
    rewind()
    another_log()
    twins()
    reseal()
    what_happens()
    resume()
    flips_stored(FLIPS - FLIPS // 4)
    flips_file(FLIPS // 4)
    print(f"# {passed} passed, {failed} failed (SEED={SEED})")
    sys.exit(failed != 0 or passed == 0)


main()
