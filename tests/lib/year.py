#!/usr/bin/python3
"""year.py: an organisation at work, through the real daemon's two sockets.

    year.py DAYS FILE     in the sandbox, as root: DAYS days of 50 people; what was planted goes to FILE
                          as JSON (see "planted" below)
    year.py policy        prints the policy that they live under
    year.py accounts      makes the accounts and their devices

Each login is a process of its own with that person's login identity, which says to the daemon what
pam_sekisho.so would say; what people type is what the command would send, from a process of theirs
in that login. Each day is a start and a clean stop of the daemon, its clock the sandbox's.
"""
import base64
import calendar
import hashlib
import hmac
import json
import mmap
import os
import random
import re
import struct
import subprocess
import sys
import time

import frames

PAM_SOCKET, USER_SOCKET = "/run/sekisho/pam.sock", "/run/sekisho/user.sock"
OPTIONAL = 0x8000
CLOCK = "/run/sekisho-sandbox/clock"
CHARGE, FAILED, NEED, CODE, ACCOUNT, OPEN, CLOSE = range(1, 8)
INTERACTIVE, FIRST_FACTOR = 1, 32
ALLOW = 2
PEOPLE = [f"staff{n:02}" for n in range(1, 51)]
UID = {name: 7101 + n for n, name in enumerate(PEOPLE)}
ROLES = {
    "web": (["staff01", "staff02", "staff03"], "staff41"),
    "db": (["staff04", "staff05"], "staff42"),
    "network": (["staff06", "staff07"], "staff41"),
    "archive": (["staff08"], "staff42"),  # planted: never used
}
OFFICERS = [("佐藤花子", "統括情報セキュリティ責任者", "*"), ("鈴木一郎", "情報セキュリティ監査責任者", "B1.2.3.2, LOG-5, LOG-12"),
            ("田中次郎", "情報システムセキュリティ責任者", "A2, B1.5")]
INTRUDER, LEAVER, SELF, LATE = "staff33", "staff20", "staff42", "staff10"
GUESSER, LEAVER_FROM, INTRUDER_FROM = "203.0.113.66", "192.0.2.120", "198.51.100.7"
frames.COMMAND_FIELDS.update({
    "service": (9, "s"), "source": (10, "s"), "verified_by": (7, "s"), "verified_how": (8, "s"), "until_ms": (15, "q"),
    "for_ms": (28, "q"), "key": (OPTIONAL + 160, "s"), "subject": (OPTIONAL + 161, "s"),
    "clause": (OPTIONAL + 162, "s"), "measure": (OPTIONAL + 163, "s"), "how": (OPTIONAL + 164, "s")})
VERB = {}


def policy():
    lines = ["[host]", "rating = confidentiality-2", "limits = Internal use", "owner = Systems division", "",
             "[confirm]", "within = 0s", "", "[lockout]", "deny = 5", "",
             "[audit]", "auditors = auditor1", "review_within = 10d", "",
             "[exceptions]", "approvers = staff43", "max_duration = 300d", "report_within = 2d", "",
             "[account auditor1]", "class = person", ""]
    for name, role, clauses in OFFICERS:
        lines += [f"[officer {name}]", f"role = {role}", "unit = 情報化統括室", f"clauses = {clauses}", ""]
    for name in PEOPLE:
        lines += [f"[account {name}]", "class = person", ""]
    for role, (members, approver) in ROLES.items():
        lines += [f"[role {role}]", "members = " + ", ".join(members + ([SELF] if role == "web" else [])),
                  f"approve = 1 from {approver}, staff43" + (f", {SELF}" if role == "web" else ""),
                  "max_duration = 2h", "commands = ALL", "root_equivalent = yes", ""]
    lines += ["[rule everyone]", "class = person", "service = sshd, su, sudo", "require = mfa within 15m"]
    return "\n".join(lines) + "\n"


def secret_of(name):
    return base64.b32encode(hashlib.sha256(b"year " + name.encode()).digest()[:20]).decode()


def accounts():
    with open("/etc/passwd", "a") as passwd, open("/etc/shadow", "a") as shadow, open("/etc/group", "a") as group:
        for name in PEOPLE:
            passwd.write(f"{name}:x:{UID[name]}:{UID[name]}:{name}:/:/bin/sh\n")
            shadow.write(f"{name}:*:19000:0:99999:7:::\n")
            group.write(f"{name}:x:{UID[name]}:\n")
    for name in PEOPLE:
        uri = f"otpauth://totp/Sekisho:{name}?secret={secret_of(name)}&issuer=Sekisho"
        subprocess.run(["sekisho", "factor", "import", name, "--uri", uri], check=True, stdout=subprocess.DEVNULL)


def totp(name):
    # 30 s further on each use: a code counts once
    key, step = base64.b32decode(secret_of(name)), int(time.time()) // 30
    mac = hmac.digest(key, struct.pack(">Q", step), "sha1")
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


class Clock:
    def __init__(self):
        self.file = open(CLOCK, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 32)

    def passes(self, seconds):
        """Time while the host is awake."""
        shift, jump, awake, unsynced = struct.unpack("=4q", self.map[:])
        self.map[:] = struct.pack("=4q", shift + seconds, jump, awake + seconds, unsynced)


clock = None


def read_verbs():
    text = open(os.path.join(os.environ["SANDBOX_TREE"], "include/protocol.h")).read()
    body = text[text.index("VERB_NONE"):text.index("VERB_COUNT")]
    VERB.update((word, n) for n, word in enumerate(re.findall(r"^\s*VERB_([A-Z_]+),", "\t" + body, re.M)))


def ask(path, message):
    """One answer. Behind an accepted code the connection stays open: nobody waits for its end."""
    s = frames.connect(path, 20)
    s.sendall(message)
    data = b""
    while len(data) < 16 or len(data) < 16 + sum(struct.unpack(">II", data[8:16])):
        part = s.recv(65536)
        if not part:
            break
        data += part
    s.close()
    reply, payload = frames.decode(data)
    if reply is None:
        raise SystemExit(f"year: no answer from {path}")
    return reply, payload


def pam(**values):
    return ask(PAM_SOCKET, frames.frame(frames.PAM, frames.fields(frames.PAM_FIELDS, values)))[0]


def command(verb, **values):
    values["verb"] = VERB[verb]
    return ask(USER_SOCKET, frames.frame(frames.COMMAND, frames.fields(frames.COMMAND_FIELDS, values)))


class Login:
    """One login over SSH, in the process that calls it (see there())."""

    def __init__(self, name, source):
        self.name, self.uid, self.source, self.up = name, UID.get(name, 0), source, []
        self.base = {"user": name, "uid": self.uid, "known": 1, "service": "sshd", "rhost": source, "tty": "ssh",
                     "connection": f"{source} {random.randrange(20000, 60000)} 192.0.2.1 22"}

    def begin(self):
        flags = INTERACTIVE | FIRST_FACTOR
        if pam(phase=CHARGE, flags=INTERACTIVE, **self.base).get("verdict") != ALLOW:
            return False
        pam(phase=NEED, flags=flags, **self.base)
        if pam(phase=CODE, flags=flags, code=totp(self.name), **self.base).get("verdict") != ALLOW:
            return False
        if pam(phase=ACCOUNT, flags=flags, **self.base).get("verdict") != ALLOW:
            return False
        with open("/proc/self/loginuid", "w") as f:
            f.write(str(self.uid))
        return pam(phase=OPEN, **self.base).get("verdict") == ALLOW

    def elevate(self, service):
        up = {"user": "root", "uid": 0, "known": 1, "service": service, "tty": "/dev/pts/1", "ruser": self.name,
              "actor": self.name, "actor_uid": self.uid}
        if pam(phase=ACCOUNT, flags=INTERACTIVE, **up).get("verdict") != ALLOW:
            return False
        if pam(phase=OPEN, **up).get("verdict") != ALLOW:
            return False
        pam(phase=CLOSE, **up)
        return True

    def types(self, verb, **values):
        """As the person: the command, in a process of this login."""
        r, w = os.pipe()
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setresgid(self.uid, self.uid, self.uid)
            os.setresuid(self.uid, self.uid, self.uid)
            reply, payload = command(verb, **values)
            os.write(w, json.dumps([reply, payload.decode()]).encode())
            os._exit(0)
        os.close(w)
        with os.fdopen(r) as f:
            said = f.read()
        os.waitpid(child, 0)
        return json.loads(said)

    def new_code(self):
        clock.passes(30)
        return totp(self.name)

    def end(self):
        pam(phase=CLOSE, **self.base)


def there(name, source, what=None, must=True):
    """What somebody does in a login: what(login) -> anything JSON, or None when they did not get in."""
    r, w = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(r)
        os.setsid()
        login = Login(name, source)
        said = None
        if login.begin():
            said = what(login) if what else True
            login.end()
        os.write(w, json.dumps(said).encode())
        os._exit(0)
    os.close(w)
    with os.fdopen(r) as f:
        said = f.read()
    os.waitpid(child, 0)
    said = json.loads(said) if said else None
    if must and said is None:
        raise SystemExit(f"year: {name} did not get in on {time.ctime()}")
    return said


def home(name):
    return f"192.0.2.{10 + UID[name] % 100}"


def asks(role, why):
    def do(login):
        reply, payload = login.types("REQUEST", name=role, text=why, for_ms=3600000, code=login.new_code())
        if reply.get("status", 0):
            raise SystemExit(f"year: {login.name} asked for {role}: {reply}")
        return json.loads(payload)["id"]
    return do


def approves(what, text=""):
    def do(login):
        reply, _ = login.types("APPROVE", name=what, text=text, code=login.new_code())
        return reply
    return do


def has_power(role, why, planted):
    """A role asked for, approved by the other, used, in two logins."""
    member, approver = random.choice(ROLES[role][0]), ROLES[role][1]
    used = planted.setdefault("used", {}).setdefault(role, [])
    if member not in used:
        used.append(member)

    def whole(login):
        request = asks(role, why)(login)
        reply = there(approver, home(approver), approves(request))
        if reply.get("status", 0):
            raise SystemExit(f"year: {approver} approved {request}: {reply}")
        for _ in range(random.randrange(1, 3)):
            if not login.elevate("sudo"):
                raise SystemExit(f"year: {login.name} was refused sudo with {request}")
        return request

    there(member, home(member), whole)


# ---- what is planted ------------------------------------------------------------------------------

def self_approval(planted):
    def do(login):
        request = asks("web", "for myself")(login)
        return [request, approves(request)(login)]
    request, reply = there(SELF, home(SELF), do)
    planted["self_approval"] = {"person": SELF, "request": request, "status": reply.get("status", 0)}


def guesses(planted):
    for n in range(12):
        who = {"user": ("root", "admin", "oracle", "test")[n % 4], "known": int(n % 4 == 0), "uid": 0, "service": "sshd",
               "rhost": GUESSER, "tty": "ssh", "connection": f"{GUESSER} {40000 + n} 192.0.2.1 22"}
        if pam(phase=CHARGE, flags=INTERACTIVE, **who).get("verdict") == ALLOW:
            pam(phase=FAILED, flags=INTERACTIVE, **who)
    planted["guesses"] = {"source": GUESSER}


def leaver(planted):
    subprocess.run(["sekisho", "user", "retire", LEAVER, "--reason", "left at the end of the month"], check=True,
                   stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    planted["leaver"] = {"account": LEAVER, "source": LEAVER_FROM}


def leaver_is_used(planted):
    planted["leaver"]["got_in"] = there(LEAVER, LEAVER_FROM, must=False) is not None


def intruder(planted):
    there(INTRUDER, INTRUDER_FROM, lambda login: login.elevate("su"))
    planted["intruder"] = {"person": INTRUDER, "source": INTRUDER_FROM}


def exception(planted):
    def ask(login):
        reply, payload = login.types("EXCEPTION_REQUEST", name="everyone", key="require", subject=LATE, service="sshd", clause="2.2.1(1)",
                                     measure="the office only", how="by mail", text="token broken", for_ms=2 * 86400000,
                                     code=login.new_code())
        if reply.get("status", 0):
            raise SystemExit(f"year: exception: {reply}")
        return json.loads(payload)["id"]
    entry = there(LATE, home(LATE), ask)
    reply = there("staff43", home("staff43"), approves(entry, "one week, until the new one is here"))
    if reply.get("status", 0):
        raise SystemExit(f"year: exception approved: {reply}")
    planted["exception"] = {"entry": entry, "person": LATE}


def gap(planted):
    """The daemon stands still: 40 minutes without a seal."""
    pid = int(open("/run/sekisho-sandbox/policyd.pid").read())
    os.kill(pid, 19)
    for _ in range(40):
        clock.passes(60)
    os.kill(pid, 18)
    time.sleep(1.2)
    planted["gap"] = {"minutes": 40}


# Nobody reviews anything, and nobody of "archive" ever asks for it: that is planted too.
STORY = (exception, guesses, self_approval, leaver, leaver_is_used, intruder, gap)
DAYS_MIN = len(STORY) + 1


def daemon(what):
    subprocess.run(["sandbox-daemon", what], check=True)


def one_day(d, days, planted):
    for name in random.sample([n for n in PEOPLE if n != LEAVER], 6):
        there(name, home(name))
        clock.passes(random.randrange(31, 50))
    for role in ("web", "db", "network"):
        if random.randrange(3) == 0 or d == 0:
            has_power(role, f"case {d}", planted)
            clock.passes(31)
    for when, what in enumerate(STORY):
        if when * (days // DAYS_MIN) == d:
            what(planted)


def main(argv):
    global clock
    if argv[1:] == ["policy"]:
        print(policy(), end="")
    elif argv[1:] == ["accounts"]:
        accounts()
    else:
        days, planted = int(argv[1]), {}
        random.seed(20260401)
        read_verbs()
        clock = Clock()
        if days < DAYS_MIN:
            sys.exit(f"year: the story takes {DAYS_MIN} days")
        # it begins with the next fiscal year, in the morning; at weekends nobody comes
        morning = calendar.timegm((time.gmtime().tm_year + 1, 4, 1, 0, 0, 0))
        for d in range(days):
            daemon("stop")
            clock.passes(int(morning - time.time()))
            daemon("start")
            morning += 86400 * (3 if d % 5 == 4 else 1)
            one_day(d, days, planted)
        planted["fiscal_year"] = time.gmtime(morning).tm_year if days < 200 else time.gmtime(morning - 86400 * 30).tm_year - 1
        planted["days"] = days
        with open(argv[2], "w") as f:
            json.dump(planted, f)


if __name__ == "__main__":
    main(sys.argv)
