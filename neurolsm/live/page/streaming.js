// The tab of the series: its sources, its switches, and what comes. A microphone or a camera is open while its series runs, no longer.
import { feeds } from "./feeds.js";
import { sensors, why } from "./sensors.js";
import { series } from "./series.js";
import { shares } from "./shares.js";

const AT_ONCE = 2, EVERY = 5000;  // values on their way; milliseconds between two sentences for a screen reader

export function streaming(ask, send, log) {
  const $ = (id) => document.getElementById(id);
  const forecast = series($("chart"), $("errors")), right = shares($("shares")), choice = feeds($("feeds"), $("feed-note"), label);
  let feed = "", mark = "", where = null, running = false, heard = null, asking = false, may = false, waiting = 0, spoken = 0;

  function label() {
    const wanted = choice.of(choice.value), same = choice.value === feed;
    $("stream").textContent = running && same ? "Pause" : "Start";
    $("stream").setAttribute("aria-pressed", running && same);
    choice.may = may && !asking;
    $("stream").disabled = !may || asking || Boolean(wanted?.why);
    $("change").textContent = wanted?.change ?? "";
    $("change").hidden = !wanted?.change || !same;
  }
  function place() {
    $("mark").textContent = [mark, where && `on ${where}`].filter(Boolean).join(", ");
  }
  function tell(text) {
    $("now").textContent = text;
    if (performance.now() - spoken < EVERY) return;
    spoken = performance.now();
    $("series-spoken").textContent = text;
  }
  function hush() {
    heard?.close();
    heard = null;
    $("seen-by-camera").hidden = true;
  }
  function measured(name, value) {
    if (heard?.name !== name || waiting >= AT_ONCE) return;
    waiting += 1;
    send("value", { feed: name, value }).then((answer) => {
      waiting -= 1;
      if (answer.done || heard?.name !== name) return;
      log(answer.text, true);
      stop();
    });
  }
  function stop() {
    hush();
    if (running && may) ask("stream", { on: false, learn: $("learns").checked, feed });
  }
  async function open(name) {
    const perSecond = choice.of(name).measured;
    if (!perSecond) return null;
    tell(`Waiting until the ${name} is allowed: answer what the browser asks`);
    const ended = () => {
      log(`The ${name} has gone, so its series was stopped`, true);
      stop();
    };
    $("seen-by-camera").hidden = name !== "camera";
    const device = await sensors[name]((value) => measured(name, value), ended, perSecond, $("camera"));
    return { name, close: device.close };
  }
  async function start(button) {
    const wanted = choice.value, before = $("now").textContent;
    if (running && wanted === feed) return ask("stream", { on: false, learn: $("learns").checked, feed }, button);
    asking = true;
    label();
    let opened = null;
    try {
      opened = await open(wanted);
      const answer = await ask("stream", { on: true, learn: $("learns").checked, feed: wanted });
      if (answer.done && may) {
        if (heard) hush();
        heard = opened;
        $("seen-by-camera").hidden = heard?.name !== "camera";
      } else {
        opened?.close();
        choice.choose(feed);
      }
    } catch (error) {
      log(`${why(error, wanted)}. ${running ? `${choice.of(feed).title} goes on` : "Nothing else has changed"}`, true);
      $("seen-by-camera").hidden = heard?.name !== "camera";
      tell(before);
      choice.choose(feed);
    }
    asking = false;
    label();
    if (document.activeElement === document.body) button.focus();  // a button that could not be pressed for a while has lost it
  }
  $("stream").addEventListener("click", (event) => start(event.currentTarget));
  $("learns").addEventListener("change", () => running && ask("stream", { on: true, learn: $("learns").checked, feed }));
  $("change").addEventListener("click", (event) => ask("change", {}, event.currentTarget));
  addEventListener("pagehide", hush);

  function begin(message) {
    const of = choice.of(message.feed), gas = message.feed === "gas";
    $("forecasts").hidden = gas;
    $("sorted").hidden = !gas;
    $("now").textContent = "No value yet";
    if (gas) right.begin(message.values);
    else forecast.begin(of, message.values);
    if (message.values.length) say(message.values.at(-1));
  }
  function say(value) {
    const still = value.learn ? "" : ", not learning";
    if (feed === "gas") {
      const share = (part) => `${(100 * part).toFixed(0)}\u00a0%`;
      tell(`Right of the last ${value.of}: ${share(value.share)}${still}; the copy ${share(value.still)}. Newest: ${value.truth}, ${value.right ? "answered rightly" : `taken for ${value.said}`}`);
    } else if (value.said === null) tell(`Collecting the first values: ${value.have} of ${value.of}`);
    else tell(`Error of the last 50 forecasts: ${value.nrmse === null ? "too few yet" : `${value.nrmse.toFixed(3)} of the spread of the values (NRMSE)`}${still}`);
  }
  return {
    hello(message) {
      choice.offer(message.feeds);
      feed = message.stream.feed;
      choice.choose(feed);
      begin(message.stream);
    },
    status(status) {
      running = status.stream;
      if (status.feed !== feed) choice.choose((feed = status.feed));
      if (heard && (!running || heard.name !== feed)) hush();
      mark = status.mark;
      where = status.streamed;
      place();
      label();
    },
    begin(message) {
      feed = message.feed;
      choice.choose(feed);
      begin(message);
    },
    add(value) {
      if (feed === "gas") right.add(value);
      else forecast.add(value);
      if (value.mark !== mark) {
        mark = value.mark;
        place();
      }
      say(value);
    },
    set may(can) {
      may = can;
      if (!can) hush();
      label();
    },
  };
}
