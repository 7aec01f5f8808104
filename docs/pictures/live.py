"""Draw docs/pictures/live.png: the page of neurolsm live after a five was drawn and adapted to. Needs Chromium and playwright.

python docs/pictures/live.py
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

FIVE = [(0.72, 0.1), (0.32, 0.1), (0.28, 0.45), (0.55, 0.4), (0.72, 0.6), (0.62, 0.85), (0.4, 0.9), (0.25, 0.82)]

with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    command = [
        sys.executable,
        "-u",
        "-m",
        "neurolsm",
        "live",
        "digits",
        "--port",
        "0",
        "--no-browser",
        "--folder",
        folder,
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = next(line.strip() for line in server.stdout if line.startswith("http"))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1240, "height": 1000}, color_scheme="light")
        page.goto(address)
        expect(page.locator("#link")).to_have_text("Connected", timeout=60_000)
        box = page.locator("#pad").bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in FIVE]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()
        expect(page.locator("#firing")).to_contain_text("spikes of", timeout=60_000)
        page.fill("#confidence", "100")
        page.click("#adapt")
        expect(page.locator("#log")).to_contain_text("looks: ", timeout=60_000)
        expect(page.locator("#step")).to_contain_text(re.compile(r"^step [23]\d "), timeout=60_000)
        page.click("#play")  # so that nothing moves while the picture is taken
        page.evaluate("document.getElementById('kept').textContent = ''")  # a folder of this machine
        page.screenshot(path=Path(__file__).with_suffix(".png"), full_page=True)
        browser.close()
    finally:
        server.terminate()
        server.wait()
