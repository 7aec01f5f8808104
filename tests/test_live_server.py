"""The socket of the page: whom it lets in, who writes, and what is answered to those who say too much, too fast or nothing."""

import contextlib
import json
import re
import socket
import sys
import threading
import time

import pytest
from live_world import CORNER, STANDING, deployment, source

import neurolsm as nl

pytest.importorskip("starlette", reason='the page is not installed: pip install "neurolsm[live]"')
pytest.importorskip("httpx2", reason="starlette's TestClient needs httpx2")
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from neurolsm.cli import main
from neurolsm.live.keeper import Keeper
from neurolsm.live.outbox import MOST, Outbox
from neurolsm.live.room import PAGES, QUEUE, Room
from neurolsm.live.serve import listen
from neurolsm.live.server import FULL, NOT_LET_IN, app
from neurolsm.live.world import World

TOKEN, PORT = "t" * 32, 8642
ORIGIN = {"origin": f"http://127.0.0.1:{PORT}"}


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    path = tmp_path_factory.mktemp("server") / "taught.lsm"
    with deployment() as chip:
        chip.save(path)
    return path


@pytest.fixture
def keeper(tmp_path):
    return Keeper.of(tmp_path, "bars")


@pytest.fixture
def client(taught, keeper):
    room = Room(lambda tell: World(source(chip=nl.resume(taught)), keeper, tell))
    with TestClient(app(room, TOKEN, PORT), base_url=f"http://127.0.0.1:{PORT}") as found:
        found.room = room
        yield found


@contextlib.contextmanager
def page(client, token=TOKEN, headers=ORIGIN):
    """An open page that has heard hello and its role; ``page.until(say)`` hears what comes."""
    with client.websocket_connect(f"ws://127.0.0.1:{PORT}/socket?token={token}", headers=headers) as found:

        def until(say, **wanted):
            for _ in range(400):
                message = found.receive_json()
                if message["say"] == say and all(message.get(key) == value for key, value in wanted.items()):
                    return message
            raise AssertionError(f"no {say}")

        def ask(do, **given):
            found.send_json({"do": do, "number": 5, **given})
            return until("answer")

        found.until, found.ask = until, ask
        found.hello = until("hello")
        found.writes = until("role")["writes"]
        yield found


def closed(client, path="/socket?token=" + TOKEN, headers=ORIGIN):
    """With which code a socket is closed at once."""
    with (
        pytest.raises(WebSocketDisconnect) as end,
        client.websocket_connect(f"ws://127.0.0.1:{PORT}{path}", headers=headers) as one,
    ):
        one.receive_json()
    return end.value.code


def test_the_page_is_served_and_may_load_nothing_from_elsewhere(client):
    found = client.get("/")
    assert found.status_code == 200 and "A liquid at work" in found.text and TOKEN not in found.text
    policy = found.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "http:" not in policy
    assert found.headers["referrer-policy"] == "no-referrer"
    for name in ("main.js", "live.css", "column.js"):
        assert client.get(f"/{name}").status_code == 200
    assert client.get("/../world.py").status_code == client.get("/%2e%2e/world.py").status_code == 404


@pytest.mark.parametrize(
    "path, headers",
    [
        ("/socket", ORIGIN),
        ("/socket?token=" + "u" * 32, ORIGIN),
        ("/socket?token=%ff", ORIGIN),
        ("/socket?token=" + TOKEN, {}),
        ("/socket?token=" + TOKEN, {"origin": "http://127.0.0.1:9999"}),
        ("/socket?token=" + TOKEN, {"origin": "https://elsewhere.example"}),
        ("/socket?token=" + TOKEN, {"origin": "null"}),
        ("/socket?token=" + TOKEN, {**ORIGIN, "host": "elsewhere.example:8642"}),
    ],
)
def test_who_is_not_let_in(client, path, headers):
    assert closed(client, path, headers) == NOT_LET_IN
    assert not client.room._pages


def test_a_foreign_name_that_leads_here_gets_nothing(client):
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 421


def test_the_file_is_for_those_who_know_the_token(client, tmp_path):
    assert client.get("/life.lsm").status_code == 403
    assert client.get("/life.lsm", headers={"x-token": "u" * 32}).status_code == 403
    found = client.get("/life.lsm", headers={"x-token": TOKEN})
    (tmp_path / "had.lsm").write_bytes(found.content)
    with nl.resume(tmp_path / "had.lsm") as chip:
        assert chip.labels.tolist() == ["standing", "lying"]


def test_the_first_page_writes_and_the_second_watches(client):
    with page(client) as first, page(client) as second:
        assert first.writes and not second.writes
        assert "watches" in second.ask("sample")["text"]
        first.send_json({"do": "draw", "strokes": STANDING, "fit": True})
        assert first.until("look")["raster"] == second.until("look")["raster"] != ""
        second.send_json({"do": "take"})
        assert second.until("role")["writes"]
        assert first.until("role", writes=False)
        assert not first.ask("sample")["done"] and second.ask("sample")["done"]


def test_a_page_that_leaves_hands_on_the_pen(client):
    with page(client) as second_to_be, contextlib.ExitStack() as left:
        first = left.enter_context(page(client))
        first.send_json({"do": "take"})
        assert first.until("role", writes=True)
        first.send_json({"do": "draw", "strokes": CORNER, "fit": True})
        first.send_json({"do": "teach", "label": "corner", "number": 1})
        left.close()  # in the middle of it
        assert second_to_be.until("role", writes=False) and second_to_be.until("role", writes=True)
        assert second_to_be.ask("teach", label="corner")["done"]
    with page(client) as third:
        assert "corner" in third.hello["status"]["labels"] and third.writes


def test_ten_pages_and_no_more(client):
    with contextlib.ExitStack() as open_pages:
        pages = [open_pages.enter_context(page(client)) for _ in range(PAGES)]
        assert sum(one.writes for one in pages) == 1
        assert closed(client) == FULL
        pages[0].send_json({"do": "draw", "strokes": STANDING, "fit": True})
        looks = [one.until("look", blank=False)["raster"] for one in pages]
        assert all(one == looks[0] for one in looks)
    with page(client) as again:
        assert again.writes


def test_messages_that_are_none_are_answered_and_the_page_stays(client):
    with page(client) as mine:
        for text in ("", "{", "[]", '{"do": "fly"}', '{"do": "draw", "strokes": 3, "fit": true}'):
            mine.send_text(text)
            assert not mine.until("answer")["done"]
        mine.send_bytes(b"\xff\xfe\x00")
        assert "no JSON" in mine.until("answer")["text"]
        mine.send_text(json.dumps({"do": "draw", "strokes": [[0.5] * 30_000], "fit": True}))
        assert "the limit is 65,536" in mine.until("answer")["text"]
        for number, message in enumerate(
            ({"do": "save", "file": "../x.lsm"}, {"do": "fly"}, {"do": "sample", "x": 1}), 70
        ):
            mine.send_json(message | {"number": number})
            assert not mine.until("answer", number=number)["done"]  # so that a page does not wait for ever
        assert mine.ask("sample")["done"]


def test_of_many_drawings_the_newest_counts_and_of_other_things_none_is_lost(client, monkeypatch):
    world = client.room.world
    begin, done = threading.Event(), []
    plain = world.carry_out

    def slow(message):
        begin.wait(10)
        done.append(message.do)
        return plain(message)

    monkeypatch.setattr(world, "carry_out", slow)
    with page(client) as mine:
        for _ in range(50):
            mine.send_json({"do": "draw", "strokes": STANDING, "fit": True})
        mine.send_json({"do": "draw", "strokes": CORNER, "fit": True})
        mine.send_json({"do": "teach", "label": "corner", "number": 9})
        for _ in range(QUEUE + 5):
            mine.send_json({"do": "freeze", "on": False, "number": 10})
        refused = mine.until("answer", done=False)
        assert "wait to be done" in refused["text"]
        begin.set()
        assert mine.until("answer", number=9)["done"]
        mine.until("answer", number=10, done=True)
    assert done.count("draw") <= 2 and done.count("teach") == 1


def test_a_page_that_hears_nothing_is_let_go():
    box = Outbox()
    for k in range(1000):
        box.put({"say": "look", "number": k})
    assert not box.full  # of pictures the newest alone waits
    for k in range(10 * MOST):
        box.put({"say": "value", "number": k})
        assert box.full == (k >= MOST - 1)
    assert len(box._waiting) == MOST  # and no more memory


def test_after_a_restart_everything_is_there(client, taught, keeper):
    with page(client) as mine:
        mine.send_json({"do": "draw", "strokes": CORNER, "fit": True})
        assert mine.ask("teach", label="corner")["done"]
    from neurolsm.live.source import opened

    again = opened("bars.lsm", "emulator", keeper, say=print)
    assert "corner" in again.chip.labels
    again.chip.close()


def test_the_series_comes_by_itself_and_stops(client, monkeypatch):
    monkeypatch.setattr("neurolsm.live.feeds.FITTED", 200)
    with page(client) as mine:
        assert mine.ask("stream", on=True, learn=True, feed="mackey_glass")["done"]
        first = mine.until("value")["number"]
        assert mine.until("value")["number"] == first + 1
        mine.send_json({"do": "draw", "strokes": STANDING, "fit": True})
        assert mine.until("look", blank=False)  # in between
        assert mine.ask("stream", on=False, learn=True, feed="mackey_glass")["done"]
        last = client.room.world.stream.past()["values"][-1]["number"]
        time.sleep(0.3)
        assert client.room.world.stream.past()["values"][-1]["number"] == last


@contextlib.contextmanager
def camera(client):
    """A page whose camera the series takes its values from."""
    with page(client) as mine:
        assert mine.ask("stream", on=True, learn=True, feed="camera")["done"]
        assert mine.ask("value", feed="camera", value=0.5)["done"]
        assert came(client) == 1
        yield mine


def came(client):
    """How many values of the series were taken."""
    return len(client.room.world.stream.past()["values"])


def test_a_burst_of_values_is_cut_and_nothing_else_suffers(client):
    with camera(client) as mine:
        for k in range(200):
            mine.send_json({"do": "value", "feed": "camera", "value": 0.5, "number": 1000 + k})
        mine.send_json({"do": "draw", "strokes": STANDING, "fit": True})
        answers = [mine.until("answer") for _ in range(200)]
        assert {one["number"] for one in answers} == set(range(1000, 1200))
        refused = [one for one in answers if not one["done"]]
        assert 150 < len(refused) < 200 and all("takes 10 values per second" in one["text"] for one in refused)
        assert client.room.world.stream.running
    with page(client) as other:
        assert not other.hello["look"]["blank"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1e400", '"0.5"', "null", "2", "-0.1", "[]", "true"])
def test_a_value_that_is_none_is_answered_and_the_series_goes_on(client, value):
    with camera(client) as mine:
        mine.send_text(f'{{"do": "value", "number": 8, "feed": "camera", "value": {value}}}')
        answer = mine.until("answer", number=8)
        assert not answer["done"] and re.search("finite number|between 0 and 1", answer["text"])
        assert mine.ask("value", feed="camera", value=0.5)["done"] and came(client) == 2


def test_only_the_page_that_started_it_brings_values(client):
    with page(client) as first, page(client) as second:
        assert "No series takes values from this page" in first.ask("value", feed="camera", value=0.5)["text"]
        assert first.ask("stream", on=True, learn=True, feed="mackey_glass")["done"]
        assert "No series takes values" in first.ask("value", feed="mackey_glass", value=0.5)["text"]
        assert "No series comes from 'moon'" in first.ask("stream", on=True, learn=True, feed="moon")["text"]
        assert first.ask("stream", on=True, learn=True, feed="camera")["done"]
        assert "Another page writes" in second.ask("value", feed="camera", value=0.5)["text"]
        assert first.ask("value", feed="camera", value=0.5)["done"]
        second.send_json({"do": "take"})  # from now on the first one watches, and so does its camera
        assert (
            "paused"
            in second.until(
                "wait", text="The page that measured the values of the series writes no more: it is paused"
            )["text"]
        )
        assert "Another page writes" in first.ask("value", feed="camera", value=0.5)["text"]
        assert "No series takes values" in second.ask("value", feed="camera", value=0.5)["text"]
        assert second.ask("stream", on=True, learn=True, feed="camera")["done"]
        assert second.ask("value", feed="camera", value=0.5)["done"]  # the same series, from another camera
        assert came(client) == 2


def test_a_tab_that_closes_pauses_its_own_series(client):
    with page(client) as other, contextlib.ExitStack() as left:
        first = left.enter_context(page(client))
        first.send_json({"do": "take"})
        assert first.until("role", writes=True) and first.ask("stream", on=True, learn=True, feed="microphone")["done"]
        assert first.ask("value", feed="microphone", value=-40)["done"]
        for _ in range(5):
            first.send_json({"do": "value", "feed": "microphone", "value": -40})
        left.close()  # in the middle of it
        assert "paused" in other.until("wait")["text"]
        assert other.until("status", stream=False)["feed"] == "microphone"
        assert not client.room.world.stream.running
        assert other.ask("stream", on=True, learn=True, feed="microphone")["done"]


def test_a_series_that_comes_by_itself_does_not_end_with_a_tab(client, monkeypatch):
    monkeypatch.setattr("neurolsm.live.feeds.FITTED", 200)
    with page(client) as other:
        with page(client) as first:
            first.send_json({"do": "take"})
            assert first.until("role", writes=True)
            assert first.ask("stream", on=True, learn=True, feed="mackey_glass")["done"]
        last = other.until("value")["number"]
        assert other.until("value", number=last + 5)


def test_a_port_in_use():
    with listen(0) as taken:
        port = taken.getsockname()[1]
        assert taken.getsockname()[0] == "127.0.0.1"
        with pytest.raises(nl.InvalidValue, match=rf"--port = {port}: is in use\. End what uses it, or give another"):
            listen(port)
    with pytest.raises(nl.InvalidValue, match="0 to 65535"):
        listen(70_000)
    listen(port).close()  # free again


@pytest.mark.parametrize(
    "arguments, why",
    [
        (["--port", "{taken}"], r"--port = \d+: is in use\. End what uses it, or give another"),
        (["--port", "-1"], "must be 0 to 65535"),
        (["{text}"], r"text\.lsm"),
        (["no_such_model"], "unknown"),
        (["--backend", "warp", "{saved}"], "warp"),
        (["--folder", "{text}/in"], "--folder"),
    ],
)
def test_what_cannot_begin_says_why_in_one_line(arguments, why, taught, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: pytest.fail("it began"))
    (tmp_path / "text.lsm").write_text("no deployment")
    with listen(0) as other:
        places = {"taken": other.getsockname()[1], "text": tmp_path / "text.lsm", "saved": taught}
        given = [one.format(**places) for one in arguments]
        if "--port" not in given:
            given += ["--port", "0"]
        monkeypatch.setattr("sys.argv", ["neurolsm", "live", *given])
        with pytest.raises(SystemExit) as end:
            main()
    said = capfd.readouterr().err
    assert end.value.code == 2 and re.search(why, said) and "Traceback" not in said and len(said.splitlines()) == 1


def test_without_the_extra_it_says_what_to_type(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.setattr("sys.argv", ["neurolsm", "live"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2 and 'Type: pip install "neurolsm[live]"' in capfd.readouterr().err


def test_it_listens_on_this_machine_alone():
    with listen(0) as found, socket.socket() as other:
        other.settimeout(1)
        with pytest.raises(OSError):
            other.connect(("127.0.0.2", found.getsockname()[1]))
