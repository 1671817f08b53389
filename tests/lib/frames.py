#!/usr/bin/python3
"""frames.py: speaks the wire of include/protocol.h byte by byte, right and wrong.

    frames.py abuse PATH            sends every kind of malformed message to a socket; prints
                                    "ok KIND" where the connection ended without an answer
    frames.py random PATH N SEED    N connections of random and randomly damaged messages
    frames.py verbs PATH N SEED [WITHOUT...]  N well-formed MSG_COMMAND of all verbs in turn, but those
                                    numbers, with values that nobody would send
    frames.py idle PATH N SECONDS   opens N connections, says nothing; prints how many were
                                    accepted and, when the time is up, how many were ended
    frames.py ask PATH KEY=VALUE... one MSG_PAM; prints the reply or "nothing"
    frames.py line PATH WORDS... [--run CMD] [--taken] [--then WORDS...]
                                    MSG_PAM, then on the same connection, or on a new one where that
                                    is closed, the same once more with these words changed; prints
                                    what became of each. --taken: first that use was made of what
                                    came along; prints whether that could be said
    frames.py race PATH N           N times a code of user1 and, at about the same time, that use is
                                    made of what came along with it and that somebody suspends user1;
                                    prints how often which was first
    frames.py command PATH KEY=VALUE...  one MSG_COMMAND
    frames.py flood PATH N          N attempts to log in as user2, whom somebody has locked, from
                                    many addresses; prints how many were refused
    frames.py spray PATH N STEP [ADDRESSES]  N attempts with as many names that do not exist, from
                                    one or several locked addresses; after each STEP of them the
                                    clock goes on by 11 s; prints how many were refused
    frames.py guess PATH N          N wrong passwords for names that do not exist, from as many
                                    addresses; prints how many were recorded
    frames.py garbage PATH KIND     a server there that answers nonsense, until it is killed
"""

import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

MAGIC, PAM, COMMAND, TAKEN, REPLY = 0x534B5331, 1, 2, 4, 0x8000
PAM_FIELDS = {
    "phase": (1, "u"), "flags": (2, "u"), "user": (3, "s"), "known": (4, "b"), "uid": (5, "u"),
    "service": (6, "s"), "rhost": (7, "s"), "tty": (8, "s"), "ruser": (9, "s"),
    "connection": (10, "s"), "auth_info": (11, "s"), "token": (12, "s"), "actor": (13, "s"),
    "actor_uid": (14, "u"), "code": (15, "s"),
}
COMMAND_FIELDS = {
    "verb": (1, "u"), "user": (2, "s"), "uid": (3, "u"), "uid_known": (4, "b"), "name": (5, "s"),
    "text": (6, "s"), "number": (17, "q"), "limit": (18, "u"), "newest_first": (22, "b"),
    "password": (23, "s"), "code": (24, "s"), "secret": (25, "s"),
}
REPLY_FIELDS = {
    PAM: {1: ("verdict", "u"), 2: ("need", "u"), 3: ("delay_ms", "u"), 4: ("code_digits", "u"),
          5: ("prompt", "s"), 6: ("text", "s"), 7: ("record", "q"), 0x803C: ("then_ms", "u"), 0x803D: ("then_flags", "u")},
    COMMAND: {1: ("status", "u"), 2: ("text", "s"), 3: ("record", "q"), 4: ("next", "q")},
}


def field(tag, data):
    return struct.pack(">HH", tag, len(data)) + data


def fields(table, values):
    out = b""
    for name, (tag, kind) in sorted(table.items(), key=lambda row: row[1][0]):
        if name not in values:
            continue
        value = values[name]
        if kind == "s":
            data = value.encode("utf-8", "surrogateescape")
        elif kind == "b":
            data = b"\1" if int(value) else b""
        else:
            data = struct.pack(">Q" if kind == "q" else ">I", int(value)) if int(value) else b""
        if data:
            out += field(tag, data)
    return out


def frame(kind, body, payload=b"", magic=MAGIC, zero=0, fields_len=None, payload_len=None):
    return struct.pack(
        ">IHHII", magic, kind, zero,
        len(body) if fields_len is None else fields_len,
        len(payload) if payload_len is None else payload_len) + body + payload


def connect(path, timeout=8):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(timeout)
    s.connect(path)
    return s


def drain(s):
    """All that comes until the other side ends it; None when it does not."""
    data = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                return data
            data += part
    except ConnectionError:
        return data
    except TimeoutError:
        return None


def exchange(path, message, timeout=8, finish=False):
    s = connect(path, timeout)
    try:
        s.sendall(message)
    except (BrokenPipeError, ConnectionResetError):
        pass
    if finish:
        s.shutdown(socket.SHUT_WR)
    data = drain(s)
    s.close()
    return data


def decode(data):
    if not data or len(data) < 16:
        return None, b""
    _, kind, _, fields_len, payload_len = struct.unpack(">IHHII", data[:16])
    table, out, at = REPLY_FIELDS[kind & ~REPLY], {}, 16
    while at < 16 + fields_len:
        tag, size = struct.unpack(">HH", data[at:at + 4])
        value, at = data[at + 4:at + 4 + size], at + 4 + size
        name, kind_ = table.get(tag, ("?", "s"))
        out[name] = value.decode("utf-8", "replace") if kind_ == "s" else int.from_bytes(value, "big")
    return out, data[16 + fields_len:16 + fields_len + payload_len]


def question(**values):
    base = {"phase": 1, "user": "user1", "known": 1, "uid": 7001, "service": "sshd",
            "rhost": "10.9.9.9", "tty": "ssh"}
    base.update(values)
    return fields(PAM_FIELDS, base)


def malformed():
    """(name, bytes, does our side finish writing): what nobody may send."""
    good = question()
    yield "no bytes at all", b"", True
    yield "half a header", frame(PAM, good)[:7], True
    yield "half the fields", frame(PAM, good)[:-9], True
    yield "a wrong magic", frame(PAM, good, magic=MAGIC ^ 1), False
    yield "a zero that is none", frame(PAM, good, zero=7), False
    yield "type 0", frame(0, good), False
    yield "an unknown type", frame(77, good), False
    yield "a reply's type", frame(PAM | REPLY, good), False
    yield "fields of 4 GB", frame(PAM, good, fields_len=0xFFFFFFFF), False
    yield "fields of 16385 bytes", frame(PAM, good + b"\0" * (16385 - len(good))), False
    yield "a payload to a PAM phase", frame(PAM, good, payload=b"x"), False
    yield "a payload of 4 GB", frame(PAM, good, payload_len=0xFFFFFFFF), False
    yield "a payload to a command without one", frame(
        COMMAND, fields(COMMAND_FIELDS, {"verb": 1}), payload=b"[host]\n" * 9), False
    yield "a payload of 2 MB to a command", frame(
        COMMAND, fields(COMMAND_FIELDS, {"verb": 21}), payload_len=2 << 20), False
    yield "bytes after the message", frame(PAM, good) + b"more", False
    yield "two messages", frame(PAM, good) * 2, False
    yield "half a tag", frame(PAM, good + b"\0"), False
    yield "a length beyond the end", frame(PAM, good + struct.pack(">HH", 13, 500)), False
    yield "tags descending", frame(PAM, field(7, b"h") + field(3, b"user1")), False
    yield "a tag twice", frame(PAM, field(1, struct.pack(">I", 1)) * 2), False
    yield "an unknown tag", frame(PAM, good + field(99, b"x")), False
    yield "a number of 3 bytes", frame(PAM, field(1, b"\0\0\1")), False
    yield "a number of 0", frame(PAM, field(1, b"\0\0\0\0")), False
    yield "a bool of 2", frame(PAM, field(3, b"user1") + field(4, b"\2")), False
    yield "a string of 0 bytes", frame(PAM, field(3, b"")), False
    yield "a string too long", frame(PAM, field(3, b"a" * 256)), False
    yield "a NUL in a string", frame(PAM, field(3, b"us\0er1")), False
    yield "a newline in a name", frame(PAM, field(3, b"user1\nroot")), False
    yield "a code of 10,000 digits", frame(PAM, good + field(15, b"1" * 10000)), False
    yield "use made of nothing", frame(TAKEN, b""), False
    yield "use made of nothing, with fields", frame(TAKEN, good), False
    yield "phase 0", frame(PAM, question(phase=0)), False
    yield "an unknown phase", frame(PAM, question(phase=99)), False
    yield "verb 0", frame(COMMAND, b""), False
    yield "an unknown verb", frame(COMMAND, fields(COMMAND_FIELDS, {"verb": 9999})), False


def verdict_of(data):
    """Whether the other side let go without a yes."""
    if data is None:
        return "the connection hangs"
    if not data:
        return "ok"
    reply, payload = decode(data)
    if reply is None:
        return "ok"
    if reply.get("verdict", 1) == 2 or ("verdict" not in reply and reply.get("status", 0) == 0):
        return "answered: %r %r" % (reply, payload[:60])
    return "ok"


def abuse(path):
    for name, message, finish in malformed():
        try:
            print(verdict_of(exchange(path, message, finish=finish)), "-", name)
        except OSError as error:
            print("not connected (%s) - %s" % (error, name))


def damage(rng, message):
    message = bytearray(message)
    for _ in range(rng.randrange(1, 6)):
        if not message:
            break
        at = rng.randrange(len(message))
        what = rng.randrange(3)
        if what == 0:
            message[at] = rng.randrange(256)
        elif what == 1:
            del message[at:at + rng.randrange(1, 9)]
        else:
            message[at:at] = rng.randbytes(rng.randrange(1, 9))
    return bytes(message)


def send_random(path, count, seed):
    rng, bad, hung = random.Random(seed), 0, 0
    for i in range(count):
        if rng.randrange(3) == 0:
            message = rng.randbytes(rng.randrange(1, 4000))
        else:
            good = question(phase=rng.randrange(1, 8), user="fuzz%d" % i, uid=900000, known=0)
            message = damage(rng, frame(PAM, good))
        data = exchange(path, message, timeout=10, finish=True)
        hung += data is None
        reply, _ = decode(data) if data else (None, b"")
        bad += reply is not None and not set(reply) <= {
            "verdict", "need", "delay_ms", "code_digits", "prompt", "text", "record",
            "account_ms"}
    print("sent %d hung %d nonsense %d" % (count, hung, bad))


OPTIONAL = 0x8000
ALL_FIELDS = [(1, "verb")] + [(tag, kind) for tag, kind in (
    (2, "s"), (3, "u"), (4, "b"), (5, "s"), (6, "s"), (7, "s"), (8, "s"), (9, "s"), (10, "s"),
    (11, "s"), (12, "s"), (13, "s"), (14, "q"), (15, "q"), (16, "q"), (17, "q"), (18, "u"), (19, "u"),
    (20, "u"), (21, "s"), (22, "b"), (23, "s"), (24, "s"), (25, "s"), (26, "s"), (27, "q"), (28, "q"),
    (OPTIONAL + 160, "s"), (OPTIONAL + 161, "s"), (OPTIONAL + 162, "s"), (OPTIONAL + 163, "s"),
    (OPTIONAL + 164, "s"), (OPTIONAL + 165, "b"), (OPTIONAL + 166, "b"))]
WORDS = [b"", b"*", b"user1", b"user2", b"root", b"auditor1", b"nobody-at-all", b"everyone", b"sshd",
         b"E-1", b"D-1", b"R-1", b"P-1", b"B-1", b"X-1", b"U-1", b"E-18446744073709551615", b"E-", b"1,2,3",
         b"1,,2", b"9" * 30, b"-1", b"2026-01-01", b"=cmd|' /C calc'!A0", b"+1", b"@x", b"%s%n%x%d",
         b"\x1b[31mred", "\u202etoor".encode(), b"</script><b>", b"../../etc/shadow", b"/etc/shadow",
         b"\xff\xfe", b"a\xe9\x96", b"," * 60, b"[" * 60, b'{"a":1}', b"a" * 31, b"a" * 63, b"a" * 127,
         b"a" * 255, b"a" * 511, b"a b c", b"a=b", b'"', b"json", b"report", b"ja", b"1h", b"10m", b"ok"]
GOOD_WORDS = [w for w in WORDS if len(w) < 63 and b"\xff" not in w and b"\xe9\x96" not in w]
NUMBERS = [0, 1, 2, 5, 64, 1990, 2026, 2999, 60000, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1,
           (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 60000, 1795323791042]


def hostile(rng, verb):
    out = b""
    for tag, kind in ALL_FIELDS:
        if kind == "verb":
            data = struct.pack(">I", verb)
        elif rng.random() < 0.5:
            continue
        elif tag in (21, 26):
            data = rng.choice([b"SHA1", b"ja", b"en"])
        elif kind == "s":
            # one that is malformed hides the others
            data = rng.choice(WORDS if rng.random() < 0.05 else GOOD_WORDS)
        elif kind == "b":
            data = b"\1"
        else:
            number = rng.choice(NUMBERS)
            data = struct.pack(">Q", number) if kind == "q" else struct.pack(">I", number & 0xFFFFFFFF)
            if not number or not any(data):
                continue
        if data:
            out += field(tag, data)
    return out


def send_verbs(path, count, seed, without):
    rng, answered, hung, bad = random.Random(seed), 0, 0, 0
    verbs = [v for v in range(1, 102) if v not in without]
    for i in range(count):
        body = hostile(rng, verbs[i % len(verbs)])
        payload = rng.choice([b""] * 24 + [b"[" * 3000, b"[]", b"[{}]", b'[{"control":"A","answer":"yes"}]',
                              os.urandom(200)])
        try:
            data = exchange(path, frame(COMMAND, body, payload), 20)
        except OSError:
            bad += 1
            continue
        hung += data is None
        answered += bool(data)
        if data:
            try:
                decode(data)
            except (struct.error, IndexError):
                bad += 1
    print("sent %d hung %d nonsense %d answered %d" % (count, hung, bad, answered))


def idle(path, count, seconds):
    kept, refused = [], 0
    for _ in range(count):
        try:
            kept.append(connect(path, 5))
        except OSError:
            refused += 1
    print("open %d refused %d" % (len(kept), refused), flush=True)
    time.sleep(seconds)
    ended = 0
    for s in kept:
        s.setblocking(False)
        try:
            ended += s.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            ended += 1
    print("ended %d" % ended, flush=True)


def ask(path, kind, words):
    values = dict(word.split("=", 1) for word in words)
    payload = values.pop("payload", "").encode()
    body = question(**values) if kind == PAM else fields(COMMAND_FIELDS, values)
    data = exchange(path, frame(kind, body, payload), timeout=30)
    reply, payload = decode(data) if data else (None, b"")
    if reply is None:
        print("nothing")
        return
    for name in sorted(reply):
        print("%s=%s" % (name, reply[name]))
    if payload:
        print("payload=%s" % payload.decode("utf-8", "replace").replace("\0", "\n"))


def receive(s):
    data = b""
    while len(data) < 16 or len(data) < 16 + sum(struct.unpack(">II", data[8:16])):
        part = s.recv(65536)
        if not part:
            break
        data += part
    reply, _ = decode(data)
    reply = reply or {}
    print("verdict=%s record=%s" % (reply.get("verdict"), reply.get("record", 0)),
          *("then_ms=%d" % reply["then_ms"],) if "then_ms" in reply else (), flush=True)


def line(path, words):
    then = words.index("--then") if "--then" in words else len(words)
    taken = words.index("--taken") if "--taken" in words else then
    run = words.index("--run") if "--run" in words else taken
    first = dict(word.split("=", 1) for word in words[:run])
    s = connect(path)
    s.sendall(frame(PAM, question(**first)))
    receive(s)
    if run < taken:
        subprocess.run(words[run + 1], shell=True, check=True, stdout=subprocess.DEVNULL)
    if taken < then:
        try:
            s.sendall(frame(TAKEN, b""))
            print("taken")
            s = connect(path)  # it is the last word
        except BrokenPipeError:
            print("not taken")
    if then < len(words):
        second = {**first, "code": "", **dict(word.split("=", 1) for word in words[then + 1:])}
        try:
            s.sendall(frame(PAM, question(**second)))
        except BrokenPipeError:
            s = connect(path)
            s.sendall(frame(PAM, question(**second)))
        receive(s)
    s.close()


def race(path, rounds):
    """Use that is made behind the end of the command that suspends would be use of old news."""
    came = {"made": 0, "too late": 0, "behind the news": 0, "not foretold": 0}
    for i in range(rounds):
        os.system("sekisho user resume user1 >/dev/null 2>&1; sandbox-clock +30s")
        code = subprocess.run(["sandbox-code", "user1"], capture_output=True, text=True, check=True)
        s = connect(path)
        s.sendall(frame(PAM, question(phase=4, flags=1, code=code.stdout.strip())))
        data = s.recv(65536)
        if decode(data)[0].get("then_ms", 0) == 0:
            came["not foretold"] += 1
            s.sendall(frame(PAM, question(phase=5, flags=1)))
            s.recv(65536)
            s.close()
            continue
        ended = []

        def suspend():
            subprocess.run(["sekisho", "user", "suspend", "user1", "--reason", "race"],
                           stdout=subprocess.DEVNULL)
            ended.append(time.monotonic())
        watch = threading.Thread(target=suspend)
        watch.start()
        time.sleep(0.0003 * (i * 7 % 40))
        began = time.monotonic()
        try:
            s.sendall(frame(TAKEN, b""))
            sent = True
        except BrokenPipeError:
            sent = False
        watch.join()
        s.close()
        came["too late" if not sent else "made" if began < ended[0] else "behind the news"] += 1
    os.system("sekisho user resume user1 >/dev/null 2>&1")
    print(" ".join("%s=%d" % (name.replace(" ", "-"), n) for name, n in came.items()))


def flood(path, count):
    refused = 0
    for i in range(count):
        message = frame(PAM, question(
            phase=1, user="user2", uid=7002, rhost="10.5.%d.%d" % (i // 250 % 250, i % 250)))
        reply, _ = decode(exchange(path, message))
        refused += reply is not None and reply.get("verdict") == 1
    print("refused %d of %d" % (refused, count))


def spray(path, count, step, addresses=1):
    def attempt(name, address):
        who = {"user": name, "known": 0, "uid": 0, "rhost": "10.6.%d.1" % address}
        reply, _ = decode(exchange(path, frame(PAM, question(phase=1, **who))))
        return reply is not None and reply.get("verdict") == 1

    before = sum(attempt("lock%d" % i, i % addresses) for i in range(21 * addresses))
    refused = 0
    for i in range(count):
        refused += attempt("spray%d" % i, i % addresses)
        if i % step == step - 1:
            os.system("sandbox-clock +11s")
            time.sleep(1.1)
    print("refused %d of %d, and %d until it was locked" % (refused, count, before))


def guess(path, count):
    recorded = 0
    for i in range(count):
        who = {"user": "nobody%d" % i, "known": 0, "uid": 0,
               "rhost": "10.%d.%d.%d" % (100 + i // 62500, i // 250 % 250, i % 250)}
        exchange(path, frame(PAM, question(phase=1, **who)))
        reply, _ = decode(exchange(path, frame(PAM, question(phase=2, **who))))
        recorded += reply is not None and reply.get("record", 0) > 0
    print("recorded %d of %d" % (recorded, count))


def answer_garbage(client, kind):
    yes = fields({"verdict": (1, "u")}, {"verdict": 2})
    if kind == "bytes":
        client.sendall(os.urandom(400))
    elif kind == "short":
        client.sendall(frame(PAM | REPLY, yes)[:13])
    elif kind == "trailing":
        client.sendall(frame(PAM | REPLY, yes) + b"x")
    elif kind == "other-type":
        client.sendall(frame(COMMAND | REPLY, yes))
    elif kind == "huge":
        client.sendall(frame(PAM | REPLY, yes, fields_len=0x7FFFFFFF))
    elif kind == "bad-field":
        client.sendall(frame(PAM | REPLY, yes + field(1, b"\0\0\0\2")))
    elif kind == "drip":  # a byte now and then, for ever
        while True:
            client.sendall(frame(PAM | REPLY, yes, fields_len=4000)[:1])
            time.sleep(0.2)
    elif kind == "silent":
        time.sleep(600)
    elif kind == "yes":  # well-formed: only the server's uid can give it away
        client.sendall(frame(PAM | REPLY, yes))


def garbage(path, kind):
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen(64)
    print("listening", flush=True)
    while True:
        client, _ = server.accept()
        if os.fork():
            client.close()
            continue
        try:
            client.settimeout(1)
            client.recv(65536)
            client.settimeout(None)
            answer_garbage(client, kind)
            client.close()
        except OSError:
            pass
        os._exit(0)


def main(argv):
    if len(argv) < 3:
        sys.exit(__doc__)
    what, path, rest = argv[1], argv[2], argv[3:]
    if what == "abuse":
        abuse(path)
    elif what == "random":
        send_random(path, int(rest[0]), int(rest[1]))
    elif what == "verbs":
        send_verbs(path, int(rest[0]), int(rest[1]), {int(word) for word in rest[2:]})
    elif what == "idle":
        idle(path, int(rest[0]), float(rest[1]))
    elif what == "ask":
        ask(path, PAM, rest)
    elif what == "line":
        line(path, rest)
    elif what == "race":
        race(path, int(rest[0]))
    elif what == "command":
        ask(path, COMMAND, rest)
    elif what == "flood":
        flood(path, int(rest[0]))
    elif what == "spray":
        spray(path, *(int(word) for word in rest))
    elif what == "guess":
        guess(path, int(rest[0]))
    elif what == "garbage":
        garbage(path, rest[0])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv)
