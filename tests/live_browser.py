"""A server of its own process and a browser in front of it, for the tests of the page and for its pictures."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
ROOT = Path(__file__).parents[1]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """``neurolsm live``, which can be killed and started again on the same port and folder."""

    def __init__(self, what, folder, *options, env=None):
        self.port, self.folder = free_port(), Path(folder)
        self.command = [
            sys.executable, "-m", "neurolsm", "live", str(what), "--no-browser", "--port", str(self.port), "--folder", str(folder), *options
        ]  # fmt: skip
        self.process, self.env = None, {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}

    def start(self, patience=120):
        """Start it; the address that it prints."""
        self.log = self.folder / f"server-{time.monotonic_ns()}.log"
        with open(self.log, "w") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out, env=self.env)
        end = time.monotonic() + patience
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(r"http://\S+#\S+", self.log.read_text()):
                return found.group()
            time.sleep(0.05)
        raise AssertionError(f"no server: {self.log.read_text()}")

    def kill(self):
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def interrupt(self):
        """As Ctrl-C does; what it printed, and its exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        return self.log.read_text(), code


def launch(playwright):
    """The Chromium of this machine, with a microphone that beeps and a camera whose picture moves; a page must be allowed to use them."""
    quiet = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]
    return playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)


@contextmanager
def windows(browser, server, broken="(?!)", also=()):
    """``open_page(**options)`` opens an empty page in a window of its own; at the end none may have asked another machine or failed.

    Errors of the console that match ``broken`` are those of a connection that a test cuts; ``also`` are beginnings of addresses that
    a page may ask for.
    """
    opened, errors = [], []

    def open_page(**options):
        window = browser.new_context(**options)
        opened.append(window)
        page = window.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" and not re.search(broken, said.text) else None)  # fmt: skip
        page.on("request", lambda sent: errors.append(sent.url) if not sent.url.startswith((server.address.split("#")[0], "ws://127.0.0.1", "data:", *also)) else None)  # fmt: skip
        return page

    yield open_page
    for window in opened:
        window.close()
    assert errors == []


def stroke(page, *points, steps=6):
    """Draw a line on the pad with the mouse; points from 0 to 1."""
    pad = page.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()
