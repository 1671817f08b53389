"""What a browser makes of the papers of `sekisho audit paper`; see tests/login/papers.sh."""
import os
import re
import zlib

from browser import Browser

work, shots = os.environ["WORK"], os.environ["SHOTS"]
names = os.environ["PAPERS"].split()


def check(what, right, found=""):
    print(f"{'ok' if right else 'not ok'} - {what}{'' if right else f': {found}'}", flush=True)


def pages(raw):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", raw))


def sheets_are_wide(raw):
    """The sizes of the pages in points."""
    return {(round(float(w)), round(float(h)))
            for w, h in re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", raw)}


# Of what is wider than the sheet a printer shows nothing: as wide as its text area, nothing sticks out.
CLIPPED = """(() => { const edge = document.documentElement.clientWidth + 1;
    return [...document.querySelectorAll('th, td, h1, h2, p, pre, .rating')].filter(
        e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 || e.getBoundingClientRect().right > edge
    ).map(e => e.tagName + ' ' + e.textContent.slice(0, 30)).slice(0, 5); })()"""

with Browser() as browser:
    for name in names:
        wide = "wide" in open(f"{work}/{name}.html", encoding="utf-8").read().split("<main", 1)[1][:20]
        # 297 or 210 mm without 28 mm of margins, at 96 points an inch
        page = browser.page(width=1016 if wide else 688, height=900)
        page.open(f"file://{work}/{name}.html", wait=None)
        page.media("print")
        clipped = page.eval(CLIPPED)
        check(f"{name}: no column is clipped", clipped == [], clipped)
        raw = page.pdf(f"{shots}/{name}.pdf")
        n = pages(raw)
        check(f"{name}: it prints on A4", sheets_are_wide(raw) == ({(842, 595)} if wide else {(595, 842)}),
              sheets_are_wide(raw))
        low, high = (int(x) for x in os.environ.get("PAGES_" + name.split("-")[0], "1 3").split())
        check(f"{name}: on as many sheets as it takes", low <= n <= high, n)
        page.media("")
        page.screenshot(f"{shots}/{name}.png")
        check(f"{name}: it loads nothing and its policy refuses nothing",
              page.complaints() == [] and page.requests() == [f"file://{work}/{name}.html"],
              (page.complaints(), page.requests()))
        check(f"{name}: no text became more than text",
              page.eval("document.querySelectorAll('script, img, iframe, b').length") == 0)
