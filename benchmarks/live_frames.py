"""How many drawings per second ``neurolsm live`` answers, and how many frames per second the page draws, with 1,000 neurons.

    python benchmarks/live_frames.py [--seconds 10]

An answer is one whole sample: 64 pixels through 1,000 neurons and their readout, every spike sent to the page. Each drawing is sent when
the answer to the one before has come. The frames are those that Chromium paints meanwhile, if there is one, on a page that is drawn on
with the mouse. Needs neurolsm[live,models]; the frames need playwright and Chromium as well.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time

from websockets.sync.client import connect


def answers(address: str, seconds: float) -> tuple[float, float]:
    """Answers per second, and the mean number of spikes in one."""
    where, token = address.split("/#")
    with connect(
        f"ws{where[4:]}/socket?token={token}",
        origin=where,
        max_size=None,  # type: ignore[arg-type]
    ) as socket:
        heard = spikes = drawn = 0
        begin = None
        while begin is None or time.perf_counter() < begin + seconds:
            turn = 0.02 * drawn
            stroke = [0.5 + 0.4 * math.cos(turn), 0.5 + 0.4 * math.sin(turn), 0.5, 0.5, 0.5 - 0.3 * math.sin(turn), 0.9]
            socket.send(json.dumps({"do": "draw", "strokes": [[round(one, 3) for one in stroke]], "fit": True}))
            drawn += 1
            while (message := json.loads(socket.recv()))["say"] != "look" or message["blank"]:
                pass
            if begin is None and drawn == 10:  # what is compiled or loaded once is behind us
                begin = time.perf_counter()
            elif begin is not None:
                heard, spikes = heard + 1, spikes + message["spikes"]
        return heard / (time.perf_counter() - begin), spikes / max(heard, 1)


def frames(address: str, seconds: float) -> float | None:
    """Frames per second that the page paints while somebody draws; None without a browser."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        return None
    if chromium is None:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        page.goto(address)
        expect(page.locator("#link")).to_have_text("Connected", timeout=60_000)
        box = page.locator("#pad").bounding_box()
        assert box is not None
        page.evaluate(
            "() => { window.painted = 0; const count = () => { window.painted += 1; requestAnimationFrame(count); }; count(); }"
        )
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        before, begin, k = page.evaluate("window.painted"), time.perf_counter(), 0
        while time.perf_counter() < begin + seconds:
            k += 1
            if not k % 100:  # a drawing of two seconds, then the next one
                page.mouse.up()
                page.keyboard.press("Delete")
                page.mouse.down()
            x, y = 0.5 + 0.35 * math.sin(0.11 * k), 0.5 + 0.35 * math.cos(0.07 * k)
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            time.sleep(0.02)
        rate = (page.evaluate("window.painted") - before) / (time.perf_counter() - begin)
        browser.close()
    return float(rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
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
            assert server.stdout is not None
            address = next(line.strip() for line in server.stdout if line.startswith("http"))
            rate, spikes = answers(address, seconds)
            print(f"answers per second, 1,000 neurons, {spikes:,.0f} spikes each: {rate:.1f}")
            found = frames(address, seconds)
            if found is None:
                print("frames per second: not measured, for there is no Chromium or no playwright")
            else:
                print(f"frames per second that Chromium paints while somebody draws: {found:.1f}")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
