"""What a browser makes of the pages of `sekisho audit report`; see tests/login/report.sh."""
import functools
import http.server
import json
import os
import re
import sys
import threading
import time

from browser import Browser

work, shots = os.environ["WORK"], os.environ["SHOTS"]


def check(what, right, found=""):
    print(f"{'ok' if right else 'not ok'} - {what}{'' if right else f': {found}'}", flush=True)


def text(path):
    return open(os.path.join(work, path), encoding="utf-8").read()


def url(name):
    return f"file://{work}/{name}"


def lay_out(page, how="visible"):
    """Also what is off the screen, which the page leaves to the moment when somebody scrolls there."""
    page.eval(f"for (const s of document.querySelectorAll('main > section')) s.style.contentVisibility = '{how}'")


def show(page, name):
    page.open(url(name))
    lay_out(page)


def state(page):
    return page.eval("document.documentElement.dataset.state")


def give(page, key):
    page.eval(f"document.getElementById('key').value = {json.dumps(key)}; sekishoReport.check()")
    return state(page)


def verdict(page):
    return page.eval("document.getElementById('verdict').innerText")


def keys(browser):
    page, vkey = browser.page(), text("year/vkey").strip()
    show(page, "en.html")
    check("without a key: consistent with the key in the page", state(page) == "consistent", verdict(page))
    check("and says what was not proved", "nobody has vouched" in verdict(page) and "What was not" in verdict(page))
    check("with the key of the log: verified", give(page, vkey) == "verified", verdict(page))
    check("with another key: refused", give(page, text("live.vkey").strip()) == "bad", verdict(page))
    check("and says so", "Refused: not the key of this log" in verdict(page), verdict(page))
    check("with a key mistyped: refused", give(page, vkey[:-1] + ("A" if vkey[-1] != "A" else "B")) == "bad")
    check("with both keys of two logs: verified", give(page, text("live.vkey") + "\n" + vkey) == "verified")
    check("a reader that empties the field is back at the key of the page", give(page, "") == "consistent")
    return page


def hostile(page):
    check("the page's policy refused nothing of it, and nothing failed", page.complaints() == [], page.complaints())
    check("it asked nobody for anything", page.requests() == [url("en.html")], page.requests())
    check("no text of a record became more than text",
          page.eval("document.title").startswith("Audit report") and
          page.eval("document.querySelectorAll('img, iframe, main script, main b b').length") == 0)
    check("it stands there as text", page.eval("document.getElementById('grants').innerText.includes('</script><script>')"))
    check("what turns text is shown by its number", page.eval("document.getElementById('grants').innerText.includes('‹U+202E›')"))
    data = text("en.html").split('id="data">', 1)[1].split("</script>", 1)[0]
    check("nothing in the data can end it", not re.search("[<>\u2028\u2029]", data))


def story(page):
    section = lambda name: page.eval(f"document.getElementById('{name}').innerText")
    check("the intruder shows", "staff33" in section("unexplained") and "198.51" not in section("never"))
    check("twice", page.eval("document.querySelectorAll('#unexplained table.list tbody tr').length") == 2)
    check("who never used a role", all(n in section("never") for n in ("watanabe", "kobayashi", "inoue")) and
          "tanaka" not in section("never"), section("never"))
    check("weakenings, with those without an end first to see", "ftp" in section("weak") and "trainees" in section("weak"))
    check("an end that is over is over", "over" in section("weak").split("trainees")[0].split("ftp")[1], section("weak"))
    check("the last day as the policy says it", "2028-03-31" in section("weak"), section("weak"))
    check("the day on which it stood still", "■ An epoch stayed open for" in section("health"), section("health")[:600])
    check("an end that was not clean", "the end before was not clean" in page.eval(
        "sekishoReport.filter('not clean'), document.getElementById('health').innerText"))
    page.eval("sekishoReport.filter('')")
    check("who signed off, who was refused to, and what was found", all(t in section("reviews") for t in
          ("review.sign-off", "unopened", "auditor", "F-1 who is staff33?")), section("reviews"))
    check("what nobody has signed off", "of the" in section("reviews") and "nobody has signed off" in section("reviews"))
    check("reason and approver of a grant", "case 7" in section("grants") and "kato" in section("grants"))
    check("roles declined", "declined" in page.eval(
        "sekishoReport.filter('declined'), document.getElementById('grants').innerText"))
    page.eval("sekishoReport.filter('')")
    check("without wtmp it says so", "No wtmp was read" in section("unexplained"))
    check("and without auditd", "There is no log of the kernel’s audit" in section("unexplained"))
    data = json.loads(page.eval("document.getElementById('data').textContent"))
    figures = data["figures"]
    check("sums are those of the parts", sum(u["total"] for u in data["use"]) == sum(figures["sessions"]),
          (sum(u["total"] for u in data["use"]), sum(figures["sessions"])))
    check("what is left out is said", sum(s[0] for s in data["shown"]) == len(data["records"]) and
          all(s[0] <= s[1] for s in data["shown"]), data["shown"])


def opened(page):
    page.eval("document.querySelector('#unexplained a.seq').click()")
    check("a record that is opened shows its fields", "session.open" in page.eval(
        "document.querySelector('#records tr.details').innerText"))
    check("and what was proved of it", "Consistent" in page.eval("document.querySelector('#records .details .state').innerText"))
    longest = 0
    lay_out(page, "")
    for words in ("suzuki", "root 203.0.113.1", "nothing-of-the-kind", "2026-09", ""):
        # the best of three: others may have the processor
        longest = max(longest, min(page.eval(
            f"(() => {{ const t = performance.now(); sekishoReport.filter({json.dumps(words)});"
            "document.body.offsetHeight; return performance.now() - t; })()") for _ in range(3)))
    lay_out(page)
    check("a filter answers in 100 ms", longest < 100, longest)
    page.eval("document.querySelector('#unexplained a.seq').click()")
    page.pdf(f"{shots}/opened.pdf")
    check("printing keeps the record that is open, and the screen as it was", page.eval(
        "document.querySelectorAll('#records tbody tr').length") == 2)
    page.eval("sekishoReport.filter('')")
    rows = "document.querySelectorAll('#records tbody tr').length"
    seen = page.eval(f"let printed; addEventListener('beforeprint', () => {{ printed = {rows}; }}); {rows}")
    page.pdf(f"{shots}/longer.pdf")
    check("paper holds more rows than the screen", seen == 20 and page.eval("printed") == 40 and page.eval(rows) == 20,
          (seen, page.eval("printed"), page.eval(rows)))
    check("a filter that nothing fits leaves nothing", page.eval("sekishoReport.filter('nothing-of-the-kind')") == 0)
    page.eval("sekishoReport.filter('')")


def others(browser):
    page = browser.page()
    show(page, "person.html")
    check("one person alone", page.eval("document.querySelectorAll('#use tbody tr').length") == 1 and
          "suzuki" in page.eval("document.getElementById('use').innerText"))
    show(page, "days.html")
    check("two weeks by days", page.eval("document.querySelectorAll('#use thead th').length") in (17, 18))
    show(page, "wtmp.html")
    found = page.eval("document.getElementById('unexplained').innerText")
    check("a login in wtmp that no record goes with", "ghost" in found and "earlier1" not in found and
          "wtmp has 1 logins in this period; 1 of them" in found, found[-300:])
    check("a session that was root by the kernel's audit alone", "uid 1000" in found and
          "sudo: <b>x </script>" in found and "No start of a program is in it" in found, found[-600:])
    check("a long command is broken, not cut", page.eval("[...document.querySelectorAll('#unexplained .scroll')].every("
          "(s) => s.scrollWidth <= s.clientWidth)"))
    show(page, "live.html")
    check("of this host: verified", give(page, text("live.vkey").strip()) == "verified", verdict(page))
    check("and signed as a whole", "as the host signed them" in verdict(page), verdict(page))
    weak = page.eval("document.getElementById('weak').innerText")
    show(page, "auditor.html")
    check("made for an auditor without root: verified", give(page, text("live.vkey").strip()) == "verified", verdict(page))
    check("signed as a whole by the host too", "as the host signed them" in verdict(page), verdict(page))
    check("with the records that root's has", page.eval("document.querySelectorAll('#refused tbody tr').length") > 0)
    check("an entry of the register that nobody approved", "E-1" in weak and "observe" in weak and "ftp" in weak and
          "without an end" in weak and "nobody has approved it" in weak, weak)
    check("members who were given nothing", "user2" in page.eval("document.getElementById('never').innerText"))


def other(c):
    return "A" if c != "A" else "B"


def changed(browser):
    """One byte of the data, somewhere else each time."""
    page, whole = browser.page(), text("days.html")
    start = whole.index('id="data">')

    def one(what, pattern, source=whole, name="changed.html"):
        m = re.compile(pattern).search(source, start)
        at = m.start(1)
        open(os.path.join(work, name), "w", encoding="utf-8").write(source[:at] + other(source[at]) + source[at + 1:])
        show(page, name)
        check(f"one byte of {what} changed: does not verify",
              state(page) == "bad" and "Does not verify" in verdict(page), f"{state(page)} {verdict(page)[:200]}")

    one("a body", r'event\.action\\":\\"(s)ession')
    one("a reason", r'event\.reason\\":\\"(f)actor-fresh')
    one("a header", r'"header":"AQ.{20}(.)')
    one("a node", r'"nodes":\[".{9}(.)')
    one("the head", r'"note":"[^"]*?\\u000a\d+\\u000a.{5}(.)')
    one("the signature of the head", r'"note":"gate[^"]*audit [A-Za-z0-9+/]{40}(.)')
    live = text("live.html")
    start = live.index('id="data">')
    m = re.compile(r'"records":([0-9])').search(live, start)
    open(os.path.join(work, "sum.html"), "w", encoding="utf-8").write(
        live[:m.start(1)] + str((int(m[1]) + 1) % 10) + live[m.end(1):])
    show(page, "sum.html")
    check("a sum of a signed page changed: does not verify", state(page) == "bad" and
          "not what the host signed" in verdict(page), verdict(page)[:200])
    without = re.sub(r'\{"seq":\d+,"chain":1,"header":"[^"]*","event":"[^"]*","body":"(?:[^"\\]|\\.)*"\},', "", whole, count=1)
    assert without != whole
    open(os.path.join(work, "less.html"), "w", encoding="utf-8").write(without)
    show(page, "less.html")
    check("a record taken out: does not verify", state(page) == "bad", verdict(page)[:200])


def cannot(browser):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=work))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.page()
    page.open(f"http://report.test:{server.server_port}/days.html")
    check("where a page gets no cryptography: not checked", state(page) == "unchecked" and
          "Not checked" in verdict(page), verdict(page))
    check("with a key neither", give(page, text("year/vkey").strip()) == "unchecked")
    server.shutdown()
    page = browser.page()
    page.before("SubtleCrypto.prototype.importKey = async () => { throw new DOMException('no', 'NotSupportedError'); };")
    show(page, "days.html")
    check("in a browser without Ed25519: not checked", state(page) == "unchecked" and "Ed25519" in verdict(page), verdict(page))
    page = browser.page()
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.call("Page.navigate", url=url("days.html"))
    time.sleep(1)
    shown = page.call("Accessibility.getFullAXTree")["nodes"]
    said = " ".join(str(n.get("name", {}).get("value", "")) for n in shown)
    check("without its script: not checked, and nothing is shown", "Not checked, and not shown" in said, said[:200])


WIDE = """[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.closest('section').id + ' ' + e.scrollWidth + ' of ' + e.clientWidth)"""


# each width, theme and language somewhere; all of them together in the long run
LOOKS = {
    "en": (("desktop", 1280, False), ("phone-dark", 390, True)),
    "ja": (("desktop-dark", 1280, True), ("phone", 390, False)),
    "more": (("desktop", 1280, False), ("desktop-dark", 1280, True), ("phone", 390, False), ("phone-dark", 390, True)),
}


def looks(browser):
    for language in ("en", "ja"):
        for name, width, dark in LOOKS[language] + (LOOKS["more"] if os.environ.get("TORTURE") else ()):
            page = browser.page(width, 900, dark)
            show(page, f"{language}.html")
            if name == "desktop":
                give(page, text("year/vkey").strip())
            size = page.eval("[document.documentElement.scrollWidth, innerWidth]")
            check(f"{language}, {name}: nothing beyond the edge", size[0] <= size[1] and size[1] <= width, size)
            page.screenshot(f"{shots}/{language}-{name}.png", whole=False)
        check(f"{language}: no text is missing", "undefined" not in page.eval("document.body.innerText") and
              page.eval("document.documentElement.lang") == language)
        reasons = page.eval("[...document.querySelectorAll('#refused tbody tr')].map(r => r.cells[3].innerText).join()")
        check(f"{language}: reasons in the reader's language", reasons and bool(re.search("[a-z]+-[a-z]+", reasons)) == (language == "en"), reasons)
        page = browser.page(688, 1000)  # the width of the text on A4
        page.media("print")
        show(page, f"{language}.html")
        wide = page.eval(WIDE)
        check(f"{language}, printed: no column is cut off", wide == [] and
              page.eval("document.documentElement.scrollWidth <= innerWidth"), wide)
        raw = page.pdf(f"{shots}/{language}.pdf")
        pages = len(re.findall(rb"/Type /Page\b(?!s)", raw))
        boxes = set(re.findall(rb"/MediaBox \[([^\]]*)\]", raw))
        check(f"{language}, printed: on A4", boxes and all(abs(float(b.split()[2]) - 595) < 2 and abs(float(b.split()[3]) - 842) < 2 for b in boxes), boxes)
        check(f"{language}, printed: a stack of pages that somebody reads ({pages})", 5 <= pages <= 25, pages)


with Browser("--host-resolver-rules=MAP report.test 127.0.0.1") as b:
    first = keys(b)
    hostile(first)
    story(first)
    opened(first)
    others(b)
    changed(b)
    cannot(b)
    looks(b)
sys.exit(0)
