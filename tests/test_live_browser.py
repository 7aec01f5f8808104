"""The page in a real browser: draw, predict, adapt, teach, save, reload, two tabs, the server killed and back, keys, phone, dark."""

import re

import pytest
from live_browser import CHROMIUM, Server, launch, stroke, windows
from live_world import CORNER, LYING, STANDING, deployment

import neurolsm as nl

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("starlette", reason='the page is not installed: pip install "neurolsm[live]"')
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
    pytest.mark.xdist_group("live_browser"),
]


def points(strokes):
    return list(zip(strokes[0][::2], strokes[0][1::2], strict=True))


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as found:
        one = launch(found)
        yield one
        one.close()


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    path = tmp_path_factory.mktemp("browser") / "bars.lsm"
    with deployment() as chip:
        chip.save(path)
    return path


@pytest.fixture(scope="module")
def house(taught, tmp_path_factory):
    made = Server(taught, tmp_path_factory.mktemp("life"))
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


@pytest.fixture
def server(house):
    """One for all tests; who ends it, leaves the next test to start it again."""
    if house.process is None or house.process.poll() is not None:
        house.address = house.start()
    return house


@pytest.fixture
def visit(browser, server):
    """``visit(...)`` opens the page in a window of its own, and fails the test if the page does anything wrong."""
    with windows(browser, server, broken="ERR_CONN|WebSocket", also=("blob:",)) as open_page:

        def visited(**options):
            page = open_page(**options)
            page.goto(server.address)
            connected(page)
            return page

        yield visited


def connected(page):
    playwright.expect(page.locator("#link")).to_have_text("Connected", timeout=20_000)


def says(page, where, text):
    playwright.expect(page.locator(where)).to_contain_text(re.compile(text), timeout=20_000)


def test_draw_predict_adapt_teach_save_reload_forget(visit, server):
    page = visit(viewport={"width": 1300, "height": 1000}, accept_downloads=True)
    says(page, "#said", "Nothing is drawn")
    page.click("#adapt")
    says(page, "#log", "Nothing is drawn, so nothing was learned")
    stroke(page, *points(STANDING))
    says(page, "#said", "^standing")
    says(page, "#firing", r"\d+ spikes of \d+ neurons in \d+ steps")
    page.click("#clear")
    says(page, "#said", "Nothing is drawn")
    stroke(page, *points(LYING))
    says(page, "#said", "^lying")

    page.click("#clear")
    stroke(page, *points(CORNER))
    page.fill("#confidence", "100")
    page.click("#adapt")
    says(page, "#log", "looks: ")
    assert page.locator("#looks tr").count() > 1
    ink = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, k) => k % 4 == 3 && v)"
    assert all(page.eval_on_selector(f"#{name}", ink) for name in ("column", "raster", "changes", "seen", "pad"))

    for _ in range(6):
        page.fill("#label", "corner")
        page.press("#label", "Enter")
        playwright.expect(page.locator("#label")).to_have_value("")
    says(page, "#said", "^corner")
    page.fill("#file", "../mine.lsm")
    page.click("#save button[type=submit]")
    says(page, "#log", "plain name")
    page.fill("#file", "mine.lsm")
    page.click("#save button[type=submit]")
    says(page, "#log", "Saved as")
    with page.expect_download() as had:
        page.click("#load")
    for file in (had.value.path(), server.folder / "mine.lsm"):
        with nl.resume(file, backend="reference") as chip:
            assert "corner" in chip.labels

    page.reload()
    connected(page)
    playwright.expect(page.get_by_role("button", name="Forget corner")).to_be_enabled()
    page.select_option("#backend", "reference")
    page.click("#hand button[type=submit]")
    says(page, "#log", "are equal. It goes on there")
    page.get_by_role("button", name="Forget corner").click()
    says(page, "#log", "Forgot corner")
    playwright.expect(page.get_by_role("button", name="Forget corner")).to_have_count(0)

    said, code = server.interrupt()
    assert code == 0 and "goes on with it" in said and "Traceback" not in said
    says(page, "#link", "No connection")


def test_two_tabs_and_the_server_killed_and_back(visit, server):
    first, second = visit(), visit()
    says(first, "#role", "This page writes")
    says(second, "#role", "watches")
    playwright.expect(second.locator("#adapt")).to_be_disabled()
    stroke(first, *points(CORNER))
    stroke(second, *points(STANDING))  # of no effect
    first.fill("#label", "corner")
    first.click("#teach button")
    says(second, "#scores", "corner")
    playwright.expect(second.locator("#said")).to_have_text(first.locator("#said").text_content())
    second.click("#take")
    says(second, "#role", "This page writes")
    says(first, "#role", "watches")
    first.click("#take")
    says(first, "#role", "This page writes")
    second.close()

    server.kill()
    says(first, "#link", "No connection")
    playwright.expect(first.locator("#adapt")).to_be_disabled()
    assert server.start() == server.address
    connected(first)
    says(first, "#role", "This page writes")
    says(first, "#scores", "corner")
    says(first, "#firing", "spikes of")  # the drawing came back by itself
    first.click("#adapt")
    says(first, "#log", "look")


def test_keys_alone_and_what_a_screen_reader_is_told(visit):
    page = visit(reduced_motion="reduce")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.focus("#pad")
    for key in ["ArrowUp"] * 4 + ["Space"] + ["ArrowDown"] * 18 + ["Space"]:
        page.keyboard.press(key)
    says(page, "#said", "^standing")
    says(page, "#spoken", "^standing")
    page.keyboard.press("Delete")
    says(page, "#said", "Nothing is drawn")
    order = []
    for _ in range(30):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id"))
    wanted = [
        "clear",
        "fit",
        "column",
        "play",
        "speed",
        "confidence",
        "keep",
        "adapt",
        "label",
        "freeze",
        "file",
        "load",
        "backend",
    ]
    assert [one for one in order if one in wanted][: len(wanted)] == wanted
    nameless = page.evaluate("""[...document.querySelectorAll("button, input, select, canvas")].filter(
        (e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.[0]?.textContent.trim())).map((e) => e.outerHTML)""")
    assert nameless == []
    page.focus("#tab-draw")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-series" and page.locator("#chart").is_visible()
    assert page.locator("#draw").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_in_light_and_dark(visit, scheme):
    page = visit(viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    box = page.locator("#pad").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    says(page, "#firing", "spikes of")
    low = page.evaluate("""[...document.querySelectorAll("button:not(:disabled), p, label, h2, .tag, .name, .percent")].map((e) => {
        const parse = (c) => c.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((s, v, k) => s + v * [0.2126, 0.7152, 0.0722][k], 0);
        let ground = e;
        while (ground && (parse(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(parse(getComputedStyle(ground ?? document.body).backgroundColor))];
        return [e.textContent.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
      }).filter(([text, contrast]) => text && contrast < 4.5)""")
    assert low == []
