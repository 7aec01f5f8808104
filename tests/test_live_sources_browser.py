"""Where a series comes from, in a real browser: a microphone, a camera, none, one that is not allowed, gases; keys, phone, dark."""

import json
import re

import pytest
from live_browser import CHROMIUM, Server, launch, windows
from live_world import deployment

import neurolsm as nl
from neurolsm.live import gas

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("starlette", reason='the page is not installed: pip install "neurolsm[live]"')
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
    pytest.mark.xdist_group("live_browser"),
    pytest.mark.timeout(300),
]
BOTH = ["microphone", "camera"]
FAIL = "(name) => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('gone', name)); }"
# A page that closes lets the next one write, which may be between a look at the button and a click on it; this is both at once.
TAKE_OVER = "() => { const take = document.getElementById('take'); if (!take.hidden) take.click(); }"
TAKE_AWAY = "() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"  # as at an address that is not secure


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as found:
        one = launch(found)
        yield one
        one.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    with deployment() as chip:
        chip.save(folder / "bars.lsm")
    made = Server(folder / "bars.lsm", folder)
    made.address = made.start()
    yield made
    said, code = made.interrupt()
    assert code == 0 and "Traceback" not in said


@pytest.fixture
def visit(browser, server):
    """``visit(...)`` opens the tab of the series in a window of its own, and fails the test if the page does anything wrong."""
    with windows(browser, server) as open_page:

        def visited(**options):
            page = open_page(**options)
            page.sent = []
            page.on("websocket", lambda found: found.on("framesent", lambda said: page.sent.append(said)))
            page.goto(server.address)
            says(page, "#link", "^Connected$")
            says(page, "#role", "writes")
            page.evaluate(TAKE_OVER)
            says(page, "#role", "This page writes")
            page.click("#tab-series")
            return page

        yield visited


def says(page, where, text, seconds=30):
    playwright.expect(page.locator(where)).to_contain_text(re.compile(text), timeout=1000 * seconds)


def start(page, feed):
    page.check(f"#feed-{feed}")
    page.click("#stream")


def values_sent(page):
    """What the page told the server of its sensor."""
    found = [one for one in map(json.loads, page.sent) if one["do"] == "value"]
    assert found
    return found


def shows_line(page, canvas, color="--inhibitory"):
    """Wait until the canvas shows a line of that color, which is that of forecasts: the first value alone is no line yet."""
    page.wait_for_function(
        """([id, name]) => {
        const c = document.getElementById(id), { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        const one = document.createElement("canvas").getContext("2d");
        one.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
        one.fillRect(0, 0, 1, 1);
        const [r, g, b] = one.getImageData(0, 0, 1, 1).data;
        let n = 0;
        for (let k = 0; k < data.length; k += 4) n += data[k] === r && data[k + 1] === g && data[k + 2] === b;
        return n > 20;
    }""",
        arg=[canvas, color],
        timeout=30_000,
    )


def is_open(page):
    """Whether a microphone or a camera of the page is open, as far as its own tracks tell."""
    return page.evaluate("(window.tracks ?? []).some((track) => track.readyState === 'live')")


def watch_tracks(page):
    page.evaluate("""() => {
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.tracks = [];
        navigator.mediaDevices.getUserMedia = async (wanted) => {
            const stream = await open(wanted);
            window.tracks.push(...stream.getTracks());
            return stream;
        };
    }""")


def test_mackey_glass_comes_by_itself_and_its_law_can_be_changed(visit):
    page = visit()
    start(page, "mackey_glass")
    says(page, "#now", r"0\.\d+ of the spread", 120)
    page.click("#change")
    says(page, "#mark", "delay 30, on emulator")
    shows_line(page, "chart")
    page.click("#stream")
    playwright.expect(page.locator("#stream")).to_have_text("Start")


def test_a_camera_without_a_picture_yet_is_not_taken_for_darkness(visit):
    """A slow camera says how large its picture will be before it has one."""
    page = visit(permissions=BOTH)
    page.evaluate("""() => {
        const ready = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "readyState").get;
        window.slow = true;
        Object.defineProperty(HTMLMediaElement.prototype, "readyState", {
            get() { return window.slow ? Math.min(ready.call(this), this.HAVE_METADATA) : ready.call(this); },
        });
    }""")
    watch_tracks(page)
    start(page, "camera")
    for _ in range(100):
        page.wait_for_timeout(100)
        if page.evaluate("document.getElementById('camera').videoWidth"):
            break
    page.wait_for_timeout(500)
    assert is_open(page) and not [one for one in map(json.loads, page.sent) if one["do"] == "value"]
    page.evaluate("window.slow = false")
    says(page, "#now", r"Collecting the first values: \d+ of 150")
    assert min(one["value"] for one in values_sent(page)) > 0.2


@pytest.mark.parametrize("feed", BOTH)
def test_what_the_page_measures_is_collected_and_then_forecast(visit, feed):
    page = visit(permissions=BOTH)
    watch_tracks(page)
    start(page, feed)
    says(page, "#now", r"Collecting the first values: \d+ of 150")
    assert is_open(page) and page.locator("#seen-by-camera").is_visible() == (feed == "camera")
    values = values_sent(page)
    low, high = {"microphone": (-100, 0), "camera": (0, 1)}[feed]
    assert all(set(one) == {"do", "number", "feed", "value"} and low <= one["value"] <= high for one in values)
    watching = visit(viewport={"width": 390, "height": 844})  # takes over, so the sensor of the first one is closed
    says(page, "#role", "watches")
    says(page, "#log", "paused")
    assert not is_open(page)
    page.click("#take")
    says(page, "#role", "This page writes")
    page.click("#stream")  # goes on with what was collected
    says(page, "#now", r"^Error of the last 50 forecasts: \d+\.\d+ of the spread", 60)
    shows_line(page, "chart")
    values = [one["value"] for one in values_sent(page)]
    if feed == "microphone":  # it beeps in silence
        assert min(values) < -90 and -30 < max(values) < 0
    else:  # a green picture on which a bright disc grows
        assert 0.2 < min(values) < max(values) < 0.7
    assert all(len(said) < 200 for said in page.sent)  # nothing else has left the page
    says(watching, "#now", r"^Error of the last 50 forecasts")
    assert watching.locator(f"#feed-{feed}").is_checked() and watching.locator(f"#feed-{feed}").is_disabled()
    watching.close()

    page.click("#tab-draw")
    page.select_option("#backend", "reference")
    page.click("#hand button[type=submit]")
    says(page, "#log", "so does the series: what it says next is equal", 60)
    page.select_option("#backend", "emulator")
    page.click("#hand button[type=submit]")
    says(page, "#log", "From reference to emulator", 60)
    page.click("#tab-series")
    says(page, "#mark", "on emulator")
    page.click("#stream")
    playwright.expect(page.locator("#stream")).to_have_text("Start")
    assert not is_open(page) and page.locator("#seen-by-camera").is_hidden()


@pytest.mark.parametrize("feed", BOTH)
def test_what_is_not_allowed_or_not_there_is_said_and_the_series_goes_on(visit, feed):
    page = visit()  # without any permission
    start(page, "mackey_glass")
    says(page, "#now", "of the spread", 120)
    start(page, feed)
    says(page, "#log", f"The {feed} is not allowed for this page. Allow it .*Mackey-Glass goes on")
    assert page.locator("#feed-mackey_glass").is_checked()
    playwright.expect(page.locator("#stream")).to_have_text("Pause")
    for name, why in (
        ("NotFoundError", f"There is no {feed}. Connect one"),
        ("NotReadableError", "another program may use it"),
    ):
        page.evaluate(FAIL, name)
        start(page, feed)
        says(page, "#log", f"{why}.* then press Start. Mackey-Glass goes on")
    page.evaluate(TAKE_AWAY)
    start(page, feed)
    says(page, "#log", f"This browser opens no {feed} for this page. Open it by the address that neurolsm printed")
    before = page.text_content("#now")
    playwright.expect(page.locator("#now")).not_to_have_text(before)  # values still come
    page.click("#stream")
    playwright.expect(page.locator("#stream")).to_have_text("Start")


def test_a_microphone_that_is_pulled_out_and_a_tab_that_closes(visit):
    page = visit(permissions=BOTH)
    watch_tracks(page)
    start(page, "microphone")
    says(page, "#now", "Collecting")
    page.evaluate("window.tracks[0].dispatchEvent(new Event('ended'))")
    says(page, "#log", "The microphone has gone, so its series was stopped")
    playwright.expect(page.locator("#stream")).to_have_text("Start")
    page.click("#stream")
    playwright.expect(page.locator("#stream")).to_have_text("Pause")
    other = visit()
    page.click("#take")
    says(page, "#role", "This page writes")
    page.click("#stream")
    playwright.expect(other.locator("#stream")).to_have_text("Pause")
    page.close()
    says(other, "#role", "This page writes")
    playwright.expect(other.locator("#stream")).to_have_text("Start")
    says(other, "#log", "paused")


def test_gases_with_the_real_data(visit):
    pytest.importorskip("neurolsm_models")
    try:
        gas.missing()
    except nl.NotAvailable as error:
        pytest.skip(str(error))
    page = visit()
    start(page, "gas")
    says(page, "#now", r"Right of the last \d+: \d+\s%; the copy \d+\s%\. Newest: \w+", 200)
    assert page.locator("#forecasts").is_hidden()
    shows_line(page, "shares", "--accent")
    page.click("#change")
    says(page, "#mark", "months 11 to 13, on emulator")
    page.uncheck("#learns")
    says(page, "#now", "not learning")
    page.reload()
    says(page, "#now", r"Right of the last \d+")
    page.click("#tab-series")
    page.click("#stream")
    playwright.expect(page.locator("#stream")).to_have_text("Start")


def test_what_is_missing_is_shown_with_its_remedy(tmp_path, browser):
    with deployment() as chip:
        chip.save(tmp_path / "bars.lsm")
    other = Server(tmp_path / "bars.lsm", tmp_path, env={"NEUROLSM_DATA": str(tmp_path / "none")})
    address = other.start()
    window = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    try:
        page = window.new_page()
        page.goto(address)
        says(page, "#role", "This page writes")
        page.click("#tab-series")
        assert page.locator("#feed-gas").is_disabled() and page.locator("#feed-camera").is_enabled()
        says(page, "#why-gas", "^Gas sensors: .*(Put the files of archive.ics.uci.edu|pip install)")
        assert page.get_attribute("#feed-gas", "aria-describedby") == "why-gas"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    finally:
        window.close()
        other.interrupt()


def test_keys_alone_choose_a_source_and_every_control_has_a_name(visit):
    page = visit(reduced_motion="reduce")
    page.focus("#feed-mackey_glass")
    page.keyboard.press("ArrowLeft")  # the last one; to choose opens nothing
    assert page.evaluate("document.activeElement.id") == "feed-camera" and page.locator("#feed-camera").is_checked()
    says(page, "#feed-note", "no picture leaves it")
    assert page.locator("#stream").is_enabled() and page.locator("#change").is_hidden()
    page.keyboard.press("ArrowRight")
    order = []
    for _ in range(3):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id"))
    assert order[:2] == ["stream", "learns"]
    tree = page.locator("#feeds").aria_snapshot()
    assert 'group "Where it comes from"' in tree and all(f'radio "{name}' in tree for name in ("Mackey-Glass", "Gas sensors", "Microphone", "Camera"))  # fmt: skip
    assert page.locator("#series-spoken").get_attribute("role") == "status"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_can_be_read(visit, scheme, width):
    page = visit(viewport={"width": width, "height": 844}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    low = page.evaluate("""[...document.querySelectorAll("#series button:not(:disabled), #series p, #series label, #series legend")].filter((e) => e.offsetParent).map((e) => {
        const parse = (c) => c.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((s, v, k) => s + v * [0.2126, 0.7152, 0.0722][k], 0);
        let ground = e;
        while (ground && (parse(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(parse(getComputedStyle(ground ?? document.body).backgroundColor))];
        return [e.textContent.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
      }).filter(([text, contrast]) => text && contrast < 4.5)""")
    assert low == []
