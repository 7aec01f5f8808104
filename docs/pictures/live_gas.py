"""Draw docs/pictures/live_gas.png: the series of neurolsm live from gas sensors that drift. Needs Chromium, playwright and the data of gas.

python docs/pictures/live_gas.py
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

COMMAND = [sys.executable, "-u", "-m", "neurolsm", "live", "digits", "--port", "0", "--no-browser", "--folder"]
STAY = 130  # samples of each stretch of months

with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    server = subprocess.Popen([*COMMAND, folder], stdout=subprocess.PIPE, text=True)
    try:
        address = next(line.strip() for line in server.stdout if line.startswith("http"))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 800}, color_scheme="light")
        page.goto(address)
        expect(page.locator("#link")).to_have_text("Connected", timeout=60_000)
        page.click("#tab-series")
        page.check("#feed-gas")
        page.click("#stream")
        expect(page.locator("#now")).to_contain_text("Right of the last", timeout=120_000)
        for months in ("11 to 13", "14 and 15", "16", "17 to 20"):
            page.wait_for_timeout(100 * STAY)  # ten samples per second
            page.click("#change")
            expect(page.locator("#mark")).to_contain_text(f"{months}, on", timeout=60_000)
        page.wait_for_timeout(100 * STAY)
        page.click("#stream")  # so that nothing moves while the picture is taken
        expect(page.locator("#stream")).to_have_text("Start")
        page.locator("#series").screenshot(path=Path(__file__).with_suffix(".png"))
        browser.close()
    finally:
        server.terminate()
        server.wait()
