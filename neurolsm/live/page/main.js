// The page: what comes from the liquid is shown, what is asked for is sent.
import { changes } from "./changes.js";
import { column } from "./column.js";
import { link } from "./link.js";
import { pad } from "./pad.js";
import { player } from "./player.js";
import { raster, spikesOf } from "./raster.js";
import { scores } from "./scores.js";
import { seen } from "./seen.js";
import { streaming } from "./streaming.js";
import { tabs } from "./tabs.js";

const $ = (id) => document.getElementById(id);
const state = { writes: false, open: false, looks: 0, neurons: 1, samples: false };

function log(text, bad = false) {
  if (!text) return;
  const item = document.createElement("li");
  item.textContent = text;
  item.className = bad ? "bad" : "";
  $("log").append(item);
  while ($("log").children.length > 40) $("log").firstChild.remove();
  $("log").scrollTop = $("log").scrollHeight;
}

tabs(document.querySelector("[role=tablist]"));
const drawing = pad($("pad"), (strokes) => to.tell("draw", { strokes, fit: $("fit").checked }), (text) => ($("spoken").textContent = text));
const pixels = seen($("seen")), spikes = raster($("raster"), $("cursor")), moved = changes($("changes"));
const body = Object.assign(column($("column")), { shown: () => !$("draw").hidden });
const film = player(body, spikes, $("play"), $("speed"), $("step"), $("frames"));
const answers = scores($("scores"), $("said"), $("spoken"), (label) => ask("forget", { label }));

const flow = streaming(ask, (what, fields) => to.ask(what, fields), log);

async function ask(what, fields, button) {
  if (button) {
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
  }
  const answer = await to.ask(what, fields);
  if (button) {
    button.removeAttribute("aria-busy");
    may();
  }
  log(answer.text, !answer.done);
  for (const note of answer.notes ?? []) log(note);
  return answer;
}

function may() {
  const can = state.writes && state.open;
  for (const one of document.querySelectorAll("[data-writes]")) one.disabled = !can;
  if (!state.samples) $("sample").disabled = true;
  drawing.may = answers.may = flow.may = can;
  $("load").disabled = !state.open;
  $("take").hidden = state.writes || !state.open;
  $("role").textContent = !state.open ? "" : state.writes ? "This page writes" : "Another page writes; this one watches";
}

function showStatus(status) {
  $("freeze").checked = status.frozen;
  $("backend").value = status.backend;
  $("kept").textContent = status.lost ? status.kept : `Kept in ${status.kept} after every change; ${status.updates} samples learned on ${status.backend}.`;
  flow.status(status);
}

function showLook(look) {
  pixels.show(look.pixels);
  const fired = spikesOf(look, state.neurons);
  spikes.show(fired);
  film.show(fired);
  answers.show(look.labels, look.probability, look.blank);
  $("firing").textContent = look.blank ? "No spikes: a drawing of nothing is not shown to the liquid." :
    `${look.spikes.toLocaleString("en")} spikes of ${new Set(fired.flat()).size.toLocaleString("en")} neurons in ${look.steps} steps`;
  document.documentElement.dataset.looks = ++state.looks;
}

function showAdapting(message) {
  const best = message.probability.indexOf(Math.max(...message.probability)), row = document.createElement("tr"), c = message.changes;
  const cells = [message.look, `${message.labels[best]}, ${(100 * message.probability[best]).toFixed(1)} %`,
    `${c.moved.toLocaleString("en")} of ${c.of.toLocaleString("en")}`, `${c.moved_biases.toLocaleString("en")} of ${c.of_biases.toLocaleString("en")}`];
  for (const text of cells) row.append(Object.assign(document.createElement("td"), { textContent: text }));
  if (message.look === 1) $("looks").replaceChildren();
  $("looks").append(row);
  if (c.moved || c.moved_biases) moved.show(c);  // the last look learns nothing
  const box = $("looks").closest(".wide");
  box.scrollTop = box.scrollHeight;
}

const hear = {
  hello(message) {
    $("about").textContent = `${message.told[0].toUpperCase()}${message.told.slice(1)}. ${message.anatomy.neurons.toLocaleString("en")} neurons, ${message.anatomy.synapses.toLocaleString("en")} synapses with the readout.`;
    $("backend").replaceChildren(...message.backends.map((name) => new Option(name)));
    state.samples = message.samples;
    state.neurons = message.anatomy.neurons;
    pixels.paper(message.shape, message.high);
    body.anatomy(message.anatomy);
    spikes.anatomy(message.anatomy);
    flow.hello(message);
    showStatus(message.status);
    showLook(message.look);
    may();
  },
  role(message) {
    const became = message.writes && !state.writes;
    state.writes = message.writes;
    may();
    if (became && drawing.strokes.length) drawing.again();  // after the server came back: the drawing is still here
  },
  status: showStatus,
  look: showLook,
  adapting: showAdapting,
  changes(message) { moved.show(message); },
  series: flow.begin,
  value: flow.add,
  wait(message) { log(message.text); },
  answer(message) { if (!message.number) log(message.text, !message.done); },
};

const to = link((message) => hear[message.say]?.(message), (kind, text) => {
  state.open = kind === "open";
  if (kind === "lost") state.writes = false;
  $("link").textContent = text;
  $("link").classList.toggle("bad", kind === "lost" || kind === "shut");
  may();
});
may();

$("clear").addEventListener("click", () => drawing.clear());
$("fit").addEventListener("change", () => drawing.again());
$("sample").addEventListener("click", () => {
  drawing.clear(true);
  to.tell("sample");
});
$("take").addEventListener("click", () => to.tell("take"));
$("adapt").addEventListener("click", (event) => ask("adapt", { confidence: Number($("confidence").value) / 100, keep: $("keep").checked }, event.currentTarget));
$("freeze").addEventListener("change", (event) => ask("freeze", { on: event.currentTarget.checked }));
const form = (id, send) => $(id).addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.submitter ?? event.target.querySelector("[type=submit]"));
});
form("teach", async (button) => {
  const label = $("label").value.trim();
  if (!label) return log("Give it a name first", true);
  if ((await ask("teach", { label }, button)).done) $("label").value = "";
});
form("save", (button) => ask("save", { file: $("file").value.trim() }, button));
form("hand", (button) => {
  log(`Handing over to ${$("backend").value}, which may take a while`);
  ask("hand", { backend: $("backend").value }, button);
});
$("load").addEventListener("click", async () => {
  try {
    const answer = await fetch("life.lsm", { headers: { "x-token": to.token } });
    if (!answer.ok) throw new Error(answer.status);
    const here = URL.createObjectURL(await answer.blob());
    Object.assign(document.createElement("a"), { href: here, download: "life.lsm" }).click();
    setTimeout(() => URL.revokeObjectURL(here), 1000);
    log("Downloaded as life.lsm");
  } catch (error) {
    log(`The file could not be had (${error.message})`, true);
  }
});
