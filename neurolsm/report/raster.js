"use strict";
// The rasters of a page: zoom by buttons and keys, move by dragging, and the number and rate of a neuron.
for (const box of document.querySelectorAll(".raster")) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const canvas = box.querySelector("canvas"), pen = canvas.getContext("2d");
  const choice = box.querySelector("select"), field = box.querySelector("input"), said = box.querySelector("output");
  const left = 48, bottom = 36, top = 8, right = 12;
  let sample = data.samples[0], view, chosen = null, drag = null;

  const all = () => ({ x: 0, w: sample.steps, y: -0.5, h: data.units });
  const plot = () => ({ w: canvas.clientWidth - left - right, h: canvas.clientHeight - top - bottom });
  const px = (step) => left + ((step + 0.5 - view.x) / view.w) * plot().w;
  const py = (unit) => top + (1 - (unit - view.y) / view.h) * plot().h;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function keep() {
    view.w = clamp(view.w, Math.min(4, sample.steps), sample.steps);
    view.h = clamp(view.h, Math.min(4, data.units), data.units);
    view.x = clamp(view.x, 0, sample.steps - view.w);
    view.y = clamp(view.y, -0.5, data.units - 0.5 - view.h);
    draw();
  }
  function zoom(factor) {
    const x = view.x + view.w / 2, y = chosen === null ? view.y + view.h / 2 : chosen;
    view.w *= factor;
    view.h *= factor;
    view.x = x - view.w / 2;
    view.y = y - view.h / 2;
    keep();
  }
  function ticks(from, span, room) {
    const rough = span / Math.max(2, room), ten = 10 ** Math.floor(Math.log10(rough));
    const step = ten * [1, 2, 5, 10].find((one) => one * ten >= rough), found = [];
    for (let k = Math.ceil(from / step); k * step <= from + span; k++) found.push(Number((k * step).toPrecision(10)));
    return found;
  }
  function draw() {
    const scale = window.devicePixelRatio || 1, size = plot(), style = getComputedStyle(canvas);
    const color = (name) => style.getPropertyValue(name).trim();
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    pen.font = "12px system-ui, sans-serif";
    pen.fillStyle = color("--soft");
    pen.textAlign = "center";
    const ms = 1e3 * data.dt;
    for (const at of ticks(view.x * ms, view.w * ms, size.w / 80)) pen.fillText(at, left + ((at / ms - view.x) / view.w) * size.w, top + size.h + 15);
    pen.fillText("time, ms", left + size.w / 2, top + size.h + 30);
    pen.textAlign = "right";
    for (const at of ticks(view.y, view.h, size.h / 50)) if (Number.isInteger(at) && at >= 0) pen.fillText(at, left - 6, py(at) + 4);
    pen.save();
    pen.translate(11, top + size.h / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText("neuron", 0, 0);
    pen.restore();
    pen.save();
    pen.beginPath();
    pen.rect(left, top, size.w, size.h);
    pen.clip();
    const high = size.h / view.h, wide = clamp(size.w / view.w - 1, 1.5, 6), tall = clamp(high - 1, 1.5, 8);
    if (chosen !== null) {
      pen.fillStyle = color("--mark");
      pen.fillRect(left, py(chosen) - Math.max(high, 5) / 2, size.w, Math.max(high, 5));
    }
    const inks = { 1: color("--excitatory"), "-1": color("--inhibitory"), 0: color("--other") };
    for (let k = 0; k < sample.step.length; k++) {
      pen.fillStyle = inks[data.signs[sample.unit[k]]];
      pen.fillRect(px(sample.step[k]) - wide / 2, py(sample.unit[k]) - tall / 2, wide, tall);
    }
    pen.restore();
    pen.strokeStyle = color("--line");
    pen.strokeRect(left, top, size.w, size.h);
  }
  function choose(unit, tell = true) {
    chosen = clamp(Math.round(unit), 0, data.units - 1);
    const count = sample.unit.filter((one) => one === chosen).length;
    const rate = (count / (sample.steps * data.dt)).toPrecision(3);
    const kind = { 1: "excitatory", "-1": "inhibitory", 0: "other" }[data.signs[chosen]];
    said.textContent = `neuron ${chosen}, ${kind}: ${count} spike${count === 1 ? "" : "s"}, ${Number(rate)} Hz`;
    if (tell) field.value = chosen;
    if (chosen < view.y || chosen > view.y + view.h) view.y = chosen - view.h / 2;
    keep();
  }
  const acts = { in: () => zoom(0.5), out: () => zoom(2), all: () => { view = all(); keep(); } };
  const keys = {
    ArrowUp: () => choose(chosen === null ? 0 : chosen + 1), ArrowDown: () => choose(chosen === null ? 0 : chosen - 1),
    ArrowLeft: () => { view.x -= view.w / 8; keep(); }, ArrowRight: () => { view.x += view.w / 8; keep(); },
    "+": acts.in, "=": acts.in, "-": acts.out, 0: acts.all,
  };
  for (const button of box.querySelectorAll("button")) button.addEventListener("click", acts[button.dataset.do]);
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, from: { ...view } };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const size = plot();
    if (drag) {
      view.x = drag.from.x - ((event.clientX - drag.x) / size.w) * view.w;
      view.y = drag.from.y + ((event.clientY - drag.y) / size.h) * view.h;
      return keep();
    }
    const unit = view.y + (1 - (event.offsetY - top) / size.h) * view.h;
    if (event.offsetX > left && unit > view.y && unit < view.y + view.h) choose(unit);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drag = null; });
  field.addEventListener("input", () => { if (field.value !== "" && Number.isFinite(field.valueAsNumber)) choose(field.valueAsNumber, false); });
  choice.addEventListener("change", () => {
    sample = data.samples[choice.value];
    view = all();
    chosen === null ? keep() : choose(chosen);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  view = all();
  new ResizeObserver(draw).observe(canvas);
  keep();
}
