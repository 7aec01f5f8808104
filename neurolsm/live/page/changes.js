// What learning moved: weights as a map, biases as a strip.
import { color, pen, redraw } from "./canvas.js";

export function changes(canvas) {
  let given = null;
  function cells(context, rows, x, y, width, height) {
    const most = Math.max(1e-9, ...rows.flat().map(Math.abs));
    const grown = color("excitatory"), fallen = color("inhibitory");
    rows.forEach((row, r) => row.forEach((value, k) => {
      if (!value) return;
      context.globalAlpha = Math.min(1, 0.12 + (0.88 * Math.abs(value)) / most);
      context.fillStyle = value > 0 ? grown : fallen;
      context.fillRect(x + (k / row.length) * width, y + (r / rows.length) * height, width / row.length + 0.4, height / rows.length + 0.4);
    }));
    context.globalAlpha = 1;
  }
  function draw() {
    const { context, width, height } = pen(canvas), strip = 20, left = 66, w = width - left - 4, h = height - strip - 14;
    context.fillStyle = color("soft");
    context.textAlign = "right";
    context.fillText("weights", left - 8, 4 + h / 2);
    context.fillText("biases", left - 8, h + 10 + strip / 2 + 4);
    context.strokeStyle = color("line");
    context.strokeRect(left, 4, w, h);
    context.strokeRect(left, h + 10, w, strip);
    if (!given) return;
    cells(context, given.weights, left, 4, w, h);
    cells(context, [given.biases], left, h + 10, w, strip);
  }
  redraw(canvas, draw);
  return { show(changes) { given = changes; draw(); } };
}
