"""A headless Chromium, driven over a pipe: no port, no other program.

	with Browser() as b:
	    page = b.page(width=1280, height=900, dark=False)
	    page.open("file:///tmp/report.html")
	    page.eval("document.title")
	    page.screenshot("/tmp/a.png"); page.pdf("/tmp/a.pdf")
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Browser:
    def __init__(self, *options):
        self.home = tempfile.mkdtemp(prefix="browser-")
        to_r, self.to = os.pipe()
        self.back, back_w = os.pipe()

        def pipes():
            # 3 and 4 are what Chromium reads and writes; the ends may have those numbers themselves
            r, w = os.dup(to_r), os.dup(back_w)
            r, w = os.dup2(r, 60), os.dup2(w, 61)
            os.dup2(r, 3)
            os.dup2(w, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--user-data-dir=" + self.home, *options,
             "about:blank"],
            preexec_fn=pipes, close_fds=False, env={**os.environ, "HOME": self.home, "TZ": "UTC"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_r)
        os.close(back_w)
        self.number, self.buffer, self.events = 0, b"", []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except OSError:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def read(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                raise OSError("the browser does not answer")
            got = os.read(self.back, 1 << 20)
            if not got:
                raise OSError("the browser ended")
            self.buffer += got
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + 60
        while True:
            answer = self.read(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise OSError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def page(self, width=1280, height=900, dark=False):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.size(width, height)
        page.media("", dark)
        page.call("Page.enable")
        page.call("Log.enable")
        page.call("Runtime.enable")
        page.call("Network.enable")
        return page


class Page:
    def __init__(self, browser, session):
        self.browser, self.session = browser, session

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)

    def media(self, media, dark=False):
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def before(self, script):
        """Runs in every page that is opened from now on, before its own scripts."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def open(self, url, wait="document.documentElement.dataset.state !== undefined"):
        self.call("Page.navigate", url=url)
        self.wait(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")
        if wait:
            self.wait(wait)

    def wait(self, condition, seconds=30):
        until = time.monotonic() + seconds
        while not self.eval(condition):
            if time.monotonic() > until:
                raise OSError("waited in vain for " + condition)
            time.sleep(0.05)

    def eval(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in result:
            raise OSError(json.dumps(result["exceptionDetails"])[:500])
        return result["result"].get("value")

    def complaints(self):
        """What the browser had to say: refused by the page's policy, errors of its script."""
        self.eval("1")
        out = []
        for e in self.browser.events:
            if e.get("sessionId") != self.session:
                continue
            if e["method"] == "Log.entryAdded":
                out.append(e["params"]["entry"]["text"])
            if e["method"] == "Runtime.exceptionThrown":
                out.append(json.dumps(e["params"]["exceptionDetails"])[:300])
        return out

    def requests(self):
        """Addresses that the page asked for, other than itself."""
        self.eval("1")
        return [e["params"]["request"]["url"] for e in self.browser.events
                if e.get("sessionId") == self.session and e["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path, whole=True):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        open(path, "wb").write(base64.b64decode(data["data"]))

    def pdf(self, path):
        data = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        raw = base64.b64decode(data["data"])
        open(path, "wb").write(raw)
        return raw
