#!/usr/bin/python3
"""Every row of the control catalogue, switched off and on again on a live host.

    rows.py CATALOGUE            inside the sandbox; --each: every row alone

For each row the table says how its control is switched off: by a policy, or by a command. Then
`sekisho check` has to find the check that the catalogue names for the row anything but well;
and with it switched on again, well. A row without a check stands below with the reason. The table
and the catalogue are compared: no row is in one of them only.
"""

import copy
import json
import os
import re
import socket
import subprocess
import sys
import time

POLICY = "/etc/sekisho/policy.conf"

# A host on which every control is in force, as far as a policy can do that.
ON = {
    "host": {"rating": "confidentiality-2 integrity-1 availability-1", "limits": "No copies.",
             "owner": "Sato", "review": "2098-03-31"},
    "confirm": {"within": "0s"},
    "factor": {"enrol": "closed"},
    "password": {"filters": "common"},
    "session": {"idle_person": "15m", "idle_admin": "15m"},
    "notice": {"version": "1", "text": "Use is recorded and examined."},
    "audit": {"auditors": "auditor1"},
    "export": {"encrypt_from": "confidentiality-2", "notice_from": "confidentiality-2"},
    "officer approver2": {"role": "CISO", "unit": "Office", "contact": "tanaka@example.org"},
    "account user1": {"class": "person"},
    "account admin1": {"class": "admin", "person": "user1"},
    "account oracle1": {"class": "shared", "reason": "the database", "approved_by": "Sato"},
    "account svc1": {"class": "service"},
    "rule everyone": {"class": "person, admin", "service": "sshd, login, su, sudo",
                      "require": "mfa within 15m"},
    "role web": {"members": "user2", "max_members": "1", "approve": "1 from approver1",
                 "superiors": "approver2", "max_duration": "1h", "commands": "/bin/true",
                 "root_equivalent": "no", "attributes": "training"},
    "attribute training": {"fiscal_year": "yes"},
    "plan spring": {"kind": "self-check", "date": "2098-05-31", "officer": "approver2"},
    "role outside": {"kind": "remote-work", "members": "user1", "max_members": "1",
                     "approve": "nobody", "max_duration": "1h",
                     "premises": "127.0.0.0/8"},
    "contingency flood": {"text": "The office cannot be reached", "for": "8h",
                          "approvers": "2 from approver1, approver2", "lower": "everyone:require"},
}

GONE = None  # the whole section
UNRATED = {"host": {"rating": GONE, "limits": GONE}}

# row: what of ON is otherwise. {section: GONE} or {section: {key: value or GONE}}
BY_POLICY = {
    "AUTH-1": {**UNRATED, "host": {"rating": GONE, "limits": GONE, "observe": "yes"}},
    "AUTH-3": {**UNRATED, "password": {"minlen": "6", "classes": "none", "dictcheck": "no"}},
    "AUTH-4": {"password": {"remember": "0"}},
    "AUTH-5": {"rule everyone": GONE, "contingency flood": GONE},
    "AUTH-6": {"host": {"observe": "until 2098-01-01"}},
    "AUTH-7": {"factor": {"enrol": "open"}},
    "AUTH-8": {"password": {"remember": "0"}},
    "AUTH-13": {"account oracle1": {"approved_by": GONE}},
    "AUTH-14": {**UNRATED, "lockout": {"deny": "0"}},
    "AUTH-15": {"session": GONE},
    "AUTH-17": {"alert report": {"enabled": "no"}},
    "PRIV-2": {"role web": {"max_members": GONE}},
    "PRIV-3": {"role web": GONE, "role outside": GONE},
    "PRIV-4": {"service samba": {"everyday": "no"}},
    "PRIV-6": {"role web": {"superiors": GONE}},
    "PRIV-8": {"service login": {"observe": "until 2098-01-01"}},
    "PRIV-10": {"role outside": GONE},
    "PRIV-11": {"role web": {"attributes": GONE}},
    "PRIV-13": {"host": {"limits": GONE}},
    "PRIV-14": {"officer approver2": {"contact": GONE}},
    "PRIV-15": UNRATED,
    "PRIV-16": {"contingency flood": GONE},
    "PRIV-17": {"host": {"owner": GONE}},
    "LOG-2": {"notice": GONE},
    "LOG-6": {"audit": {"download_warn": "0"}},
    "LOG-8": {"changes": {"detect": "no"}},
    "LOG-9": {"alerts": {"to": "nobody"}},
    "LOG-10": {"retention": {"access": "2d"}},
    "LOG-12": {"audit": GONE},
    "LOG-13": {"export": {"encrypt_from": GONE}},
    "KEY-2": {"keys": {"sealing_lifetime": "1s"}},
    "PROVE-1": {"plan spring": GONE},
    "PROVE-9": {"officer approver2": GONE},
}

# The quick half: rows that one policy can switch off together.
TOGETHER = [
    ["AUTH-3", "AUTH-4", "AUTH-5", "AUTH-7", "AUTH-8", "AUTH-13", "AUTH-14", "AUTH-15", "PRIV-2",
     "PRIV-4", "PRIV-6", "PRIV-10", "PRIV-13", "PRIV-15", "PRIV-17", "LOG-2", "LOG-8", "LOG-9",
     "LOG-10", "LOG-12", "KEY-2", "PROVE-1", "PROVE-9"],
    ["AUTH-6", "AUTH-17", "PRIV-3", "PRIV-8", "PRIV-14", "LOG-6", "LOG-13", "PRIV-16"],
    ["AUTH-1", "PRIV-11"],
]

# row: (off, on), shell commands. What off says in $environment lines "NAME=VALUE" is for the check.
BY_COMMAND = {
    "AUTH-2": ("mv /lib/*/security/pam_sekisho.so /root/", "mv /root/pam_sekisho.so /lib/*/security/"),
    "AUTH-9": ("sekisho user suspend user2 --reason x >/dev/null; setpriv --reuid user2 --regid user2 "
               "--clear-groups sleep 60 >/dev/null 2>&1 & echo $! >/run/rows.pid; sleep 0.3",
               "kill $(cat /run/rows.pid); sekisho user resume user2 --reason x >/dev/null"),
    "AUTH-10": ("gpasswd -a svc1 sudo >/dev/null", "gpasswd -d svc1 sudo >/dev/null"),
    "AUTH-11": ("chmod 755 /var/lib/sekisho", "chmod 700 /var/lib/sekisho"),
    "AUTH-12": ("mv /etc/sekisho/break-glass /root/", "mv /root/break-glass /etc/sekisho/"),
    "PRIV-1": ("echo '# more' >>" + POLICY, "sed -i '$d' " + POLICY),
    "PRIV-5": ("gpasswd -a auditor1 sudo >/dev/null", "gpasswd -d auditor1 sudo >/dev/null"),
    # news of updates, a restart that waits, a scanner's definitions: each alone
    "PRIV-12": [("mkdir -p /var/lib/clamav; touch -d '20 days ago' /var/lib/clamav/daily.cvd",
                 "touch /var/lib/clamav/daily.cvd"),
                ("touch -d '20 days ago' /var/lib/apt/lists/*Release", "touch /var/lib/apt/lists/*Release"),
                ("touch /run/reboot-required", "rm /run/reboot-required")],
    "LOG-4": ("sandbox-daemon stop", "sandbox-daemon start"),
    # into the last days of another month
    "LOG-5": ('sandbox-clock +$(( ($(date -d "$(date +%Y-%m-25) +2 months" +%s) - $(date +%s)) / 86400 ))d',
              "sandbox-clock reset"),
    "LOG-7": ("printf '%s required pam_deny.so\\n' auth account session >/etc/pam.d/newcomer",
              "rm /etc/pam.d/newcomer"),
    "LOG-14": ("cp /var/lib/sekisho/sekisho.db /var/lib/sekisho/sekisho.db.old",
               "rm /var/lib/sekisho/sekisho.db.old"),
    "KEY-1": ("printf 'openssl_conf = a\\n[a]\\nproviders = b\\n[b]\\nnull = c\\n[c]\\nactivate = 1\\n' "
              ">/root/openssl.cnf; echo OPENSSL_CONF=/root/openssl.cnf >/run/rows.env",
              "rm /run/rows.env"),
    "KEY-3": ("chmod 644 /etc/sekisho/key", "chmod 600 /etc/sekisho/key"),
    "PROVE-4": ("mv /etc/sekisho/log.key /root/", "mv /root/log.key /etc/sekisho/"),
    "PROVE-6": ("echo SEKISHO_LOCALEDIR=/nowhere >/run/rows.env", "rm /run/rows.env"),
}

# Rows whose checks look for what a host gets in time: off as the sandbox begins, then on.
AT_FIRST = {
    "PROVE-3": "sekisho check --record >/dev/null; true",
    "LOG-11": "sekisho key recipient /root/ops.identity --name ops >/root/ops 2>/dev/null && "
              "mkdir -p /root/backup && sekisho backup create --to /root/backup --recipient /root/ops >/dev/null",
}

# row: why no check of a live host can hold it, or not yet.
WITHOUT = {
    "PROVE-10": "what a release ships beside the programs is no state of a host",
}


def shell(command):
    result = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise SystemExit(f"rows: {command}: status {result.returncode}")


def policy_with(*changes):
    policy = copy.deepcopy(ON)
    for change in changes:
        for section, keys in change.items():
            if keys is GONE:
                policy.pop(section, None)
                continue
            for key, value in keys.items():
                if value is GONE:
                    policy.get(section, {}).pop(key, None)
                else:
                    policy.setdefault(section, {})[key] = value
    text = ""
    for section, keys in policy.items():
        text += f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
    return text


def apply(*changes):
    with open(POLICY, "w", encoding="utf-8") as out:
        out.write(policy_with(*changes))
    said = subprocess.run(["sekisho", "policy", "apply"], capture_output=True, text=True)
    if said.returncode != 0:
        raise SystemExit(f"rows: the policy is not applied: {said.stdout}{said.stderr}")


def findings():
    """{name: the worst state}: failed, unknown, advice, ok."""
    env = dict(os.environ)
    if os.path.exists("/run/rows.env"):
        with open("/run/rows.env", encoding="utf-8") as given:
            env.update(line.strip().split("=", 1) for line in given)
    said = subprocess.run(["sekisho", "check", "--json"], capture_output=True, text=True, env=env)
    worst = {}
    for finding in json.loads(said.stdout):
        rank = ["ok", "advice", "unknown", "failed"]
        name, state = finding["check"], finding["state"]
        if rank.index(state) >= rank.index(worst.get(name, "ok")):
            worst[name] = state
    return worst


class Tally:
    """What a check says of a row; what takes the host a moment is given one."""

    def __init__(self, checks):
        self.checks, self.off, self.on, self.wrong = checks, set(), set(), []

    def state(self, row, found):
        """The gravest of the row's checks."""
        states = [found.get(name, "not made") for name in self.checks[row]]
        return max(states, key=["ok", "advice", "unknown", "not made", "failed"].index)

    def settle(self, row, found, wanted, seconds):
        end = time.monotonic() + seconds
        while (state := self.state(row, found)) not in wanted:
            if time.monotonic() > end:
                return state
            time.sleep(0.2)
            found = findings()
        return state

    def is_off(self, row, found, seconds=3):
        state = self.settle(row, found, ("failed", "advice"), seconds)
        if state in ("failed", "advice"):
            self.off.add(row)
        else:
            self.wrong.append(f"{row} switched off: {self.checks[row]} is {state}")

    def is_on(self, row, found, seconds=3):
        state = self.settle(row, found, ("ok",), seconds)
        if state == "ok":
            self.on.add(row)
        else:
            self.wrong.append(f"{row} switched on: {self.checks[row]} is {state}")


def try_policies(tally, each):
    groups = [[row] for row in BY_POLICY] if each else TOGETHER
    for group in groups:
        apply(*(BY_POLICY[row] for row in group))
        found = findings()
        for row in group:
            tally.is_off(row, found)
        if each:
            apply()
            tally.is_on(group[0], findings())
    apply()
    found = findings()
    for row in BY_POLICY:
        tally.is_on(row, found)


def try_commands(tally):
    for row, ways in BY_COMMAND.items():
        for off, on in ways if isinstance(ways, list) else [ways]:
            shell(off)
            tally.is_off(row, findings())
            shell(on)
            tally.is_on(row, findings())


def try_at_first(tally):
    found = findings()
    for row, on in AT_FIRST.items():
        tally.is_off(row, found)
        shell(on)
    found = findings()
    for row in AT_FIRST:
        tally.is_on(row, found)


def compare(catalogue):
    """Faults of the table itself."""
    rows = {row["id"]: row["check"] for row in catalogue["rows"]}
    tables = [BY_POLICY, BY_COMMAND, AT_FIRST, LAST, WITHOUT]
    for row, check in rows.items():
        there = sum(row in table for table in tables)
        if there != 1:
            yield f"{row} stands in {there} tables"
        if (check is None) != (row in WITHOUT):
            yield f"{row}: check {check}, and the table says otherwise"
    for table in tables:
        for row in table:
            if row not in rows:
                yield f"{row} is in no catalogue"
    for row in BY_POLICY:
        if sum(row in group for group in TOGETHER) != 1:
            yield f"{row} is not tried once in the quick half"


# ---- what cannot be undone comes last ---------------------------------------------------------


def forwarded(tally):
    """Nothing is named, what is named is out of reach; then a socket of this host has it all."""
    apply()
    tally.is_off("LOG-3", findings())
    apply({"forward": {"syslog": "tcp:127.0.0.1:9"}})
    tally.is_off("LOG-3", findings(), 10)
    apply({"forward": {"syslog": "unix:/run/rows.log"}})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
        sink.bind("/run/rows.log")
        os.chmod("/run/rows.log", 0o666)
        tally.is_on("LOG-3", findings())
    apply()


def used(tally):
    """Accounts that nobody used for longer than the policy lets stay; then each is used. No roles: their
    members are known that long, too."""
    apply({"host": {"dormant": "1d"}, "role web": GONE, "role outside": GONE})
    shell("sandbox-clock +25h")
    tally.is_off("PRIV-9", findings())
    shell("for u in user1 user2 approver1 approver2 auditor1 admin1; do "
          "sandbox-ssh $u auto true </dev/null >/dev/null 2>&1 & done; wait")
    tally.is_on("PRIV-9", findings())
    apply()


def staffed(tally):
    """No staff list; one with everybody; and one on which somebody is missing."""
    people = ["user1", "user2", "approver1", "approver2", "auditor1"]

    def listed(names):
        with open("/root/staff.csv", "w", encoding="utf-8") as out:
            out.write("person,name,unit\n" + "".join(f"{n},{n},Office\n" for n in names))
        shell("sekisho staff import /root/staff.csv --text test >/dev/null; "
              "sekisho staff reconcile >/dev/null; true")

    tally.is_off("PROVE-8", findings())
    listed(people)
    tally.is_on("PROVE-8", findings())
    listed(people[:-1])
    tally.is_off("PROVE-8", findings())


def verified(tally):
    """The sandbox's devices came without a word about who verified their owners."""
    tally.is_off("AUTH-16", findings())
    users = json.loads(subprocess.run(["sekisho", "user", "list", "--json"], capture_output=True,
                                      text=True, check=True).stdout)
    for user in users:
        said = subprocess.run(["sekisho", "factor", "list", "--json", user["user"]],
                              capture_output=True, text=True, check=True).stdout
        for device in json.loads(said):
            if device["state"] == "active":
                shell(f"sekisho factor revoke {user['user']} {device['name']} >/dev/null")
    tally.is_on("AUTH-16", findings())


def two_persons(tally):
    tally.is_off("PRIV-7", findings())
    apply({"host": {"change": "two-person", "change_approvers": "approver1"}})
    tally.is_on("PRIV-7", findings())


def recorded(tally):
    """The store on a file system that fills up; the daemon says so, and when there is room again."""
    shell("sandbox-daemon stop; cp -a /var/lib/sekisho /root/state && "
          "mount -t tmpfs -o size=2g,mode=0700 tmpfs /var/lib/sekisho && "
          "cp -a /root/state/. /var/lib/sekisho/ && chown sekisho: /var/lib/sekisho && "
          "sandbox-daemon start")
    tally.is_on("LOG-1", findings())
    shell("mount -o remount,size=24m /var/lib/sekisho; sandbox-daemon restart")
    tally.is_off("LOG-1", findings())
    shell("mount -o remount,size=2g /var/lib/sekisho; sandbox-daemon restart")
    tally.is_on("LOG-1", findings())


def profiled(tally):
    """The shipped profile as setup puts it in force, and then without one of its lines."""
    tally.is_off("PROVE-7", findings())
    profile = "/etc/sekisho/policy.d/10-profile.conf"
    shell("for g in general-officer security-officers system-officers system-managers "
          "section-officers permitters ciso audit-chief auditors staff; do groupadd -f $g; done; "
          f"mkdir -p /etc/sekisho/policy.d; cp /usr/share/sekisho/profiles/basic.conf {profile}; "
          "cp /usr/share/sekisho/profiles/people.sample /etc/sekisho/policy.d/20-people.conf; "
          f"cp /usr/share/sekisho/policy.conf {POLICY}; "
          "printf '[account admin1]\nperson = user1\nclass = admin\n[confirm]\nwithin = 0s\n' "
          ">/etc/sekisho/policy.d/30-host.conf; sekisho policy apply >/dev/null")
    tally.is_on("PROVE-7", findings())
    shell(f"sed -i '/^remember = /d' {profile}; sekisho policy apply >/dev/null")
    tally.is_off("PROVE-7", findings())
    shell("rm /etc/sekisho/policy.d/*.conf")
    apply()


def anchored(tally):
    tally.is_on("PROVE-2", findings())
    shell("sandbox-daemon stop; rm /etc/sekisho/log.key; sandbox-daemon start")
    tally.is_off("PROVE-2", findings())


def stand_in(tally):
    """Another daemon in the place of ours, which would read what is malformed."""
    tally.is_on("PROVE-5", findings())
    shell("mv /run/sekisho/user.sock /run/sekisho/real.sock")
    server = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "standin.py"),
                               "/run/sekisho/real.sock", "/run/sekisho/user.sock",
                               '"malformed"'])
    while not os.path.exists("/run/sekisho/user.sock"):
        time.sleep(0.02)
    tally.is_off("PROVE-5", findings())
    server.terminate()
    server.wait()
    shell("rm /run/sekisho/user.sock; mv /run/sekisho/real.sock /run/sekisho/user.sock")
    tally.is_on("PROVE-5", findings())


LAST = {"LOG-3": forwarded, "PROVE-5": stand_in, "PRIV-9": used, "PROVE-8": staffed,
         "AUTH-16": verified, "LOG-1": recorded, "PROVE-7": profiled,
        "PROVE-2": anchored, "PRIV-7": two_persons}


def main(arguments):
    with open(arguments[-1], encoding="utf-8") as stream:
        catalogue = json.load(stream)
    faults = list(compare(catalogue))
    for fault in faults:
        print(f"not ok - {fault}")
    if faults:
        return 1
    tally = Tally({row["id"]: [row["check"]] + row.get("also", []) for row in catalogue["rows"]})
    apply()
    shell("sekisho break-glass make --count 2 >/dev/null; sed -i '/^user1 ALL/d' /etc/sudoers; "
          "sekisho check --sign-off 'local tools' >/dev/null")
    try_at_first(tally)
    try_policies(tally, "--each" in arguments)
    try_commands(tally)
    for one in LAST.values():
        one(tally)
    for wrong in tally.wrong:
        print(f"not ok - {wrong}")
    both = tally.off & tally.on
    print(f"rows: {len(tally.checks)}; tried off and on: {len(both)}; without a check: {len(WITHOUT)}")
    return 0 if not tally.wrong and len(both) == len(tally.checks) - len(WITHOUT) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
