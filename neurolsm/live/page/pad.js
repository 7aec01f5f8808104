// The drawing pad: strokes of a pen, by mouse, finger or keys; numbers from 0 to 1.
import { color, pen, redraw } from "./canvas.js";

const NEAR = 0.02, KEY = 1 / 24, RADIUS = 0.08, MOST = 3500, EVERY = 33;

export function pad(canvas, changed, said) {
  let strokes = [], open = null, may = true, cursor = { x: 0.5, y: 0.2, shown: false, down: false }, timer = null, last = 0;
  const round = (value) => Math.round(1000 * Math.min(Math.max(value, 0), 1)) / 1000;
  const points = () => strokes.reduce((sum, one) => sum + one.length / 2, 0);

  function draw() {
    const { context, width, height } = pen(canvas);
    context.strokeStyle = color("line");
    context.lineWidth = 1;
    for (let k = 1; k < 4; k++) {
      context.beginPath();
      context.moveTo((k * width) / 4, 0);
      context.lineTo((k * width) / 4, height);
      context.moveTo(0, (k * height) / 4);
      context.lineTo(width, (k * height) / 4);
      context.stroke();
    }
    context.strokeStyle = context.fillStyle = color("ink");
    context.lineWidth = 2 * RADIUS * width;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      context.moveTo(stroke[0] * width, stroke[1] * height);
      for (let k = 0; k < stroke.length; k += 2) context.lineTo(stroke[k] * width, stroke[k + 1] * height);
      context.stroke();
    }
    if (cursor.shown) {
      context.strokeStyle = color(cursor.down ? "inhibitory" : "accent");
      context.lineWidth = 3;
      context.beginPath();
      context.arc(cursor.x * width, cursor.y * height, 9, 0, 7);
      context.stroke();
    }
  }
  function send() {  // at most thirty times a second; the last one always
    const wait = last + EVERY - performance.now();
    if (timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      last = performance.now();
      changed(strokes);
    }, Math.max(0, wait));
  }
  function add(x, y, fresh) {
    if (points() >= MOST) return;
    if (fresh || !open) strokes.push((open = [round(x), round(y)]));
    else if (Math.hypot(x - open[open.length - 2], y - open[open.length - 1]) >= NEAR) open.push(round(x), round(y));
    else return;
    draw();
    send();
  }
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!may || event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    cursor.shown = cursor.down = false;
    add(...at(event), true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!may || !canvas.hasPointerCapture(event.pointerId) || !open) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) add(...at(one), false);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (open = null));
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      cursor.shown = true;
      cursor.x = round(cursor.x + move[0] * KEY);
      cursor.y = round(cursor.y + move[1] * KEY);
      if (cursor.down && may) add(cursor.x, cursor.y, false);
    } else if (event.key === " " && may) {
      cursor.shown = true;
      cursor.down = !cursor.down;
      if (cursor.down) add(cursor.x, cursor.y, true);
      else open = null;
      said(cursor.down ? "Pen down" : "Pen up");
    } else if ((event.key === "Delete" || event.key === "Backspace") && may) {
      clear();
      said("Cleared");
    } else return;
    event.preventDefault();
    draw();
  });
  canvas.addEventListener("blur", () => {
    cursor.shown = cursor.down = false;
    open = null;
    draw();
  });
  function clear(quiet = false) {
    strokes = [];
    open = null;
    cursor.down = false;
    draw();
    if (!quiet) send();
  }
  redraw(canvas, draw);
  return { clear, again: send, get strokes() { return strokes; }, set may(value) { may = value; } };
}
