// What two pictures of a series have in common: a frame with numbers, lines, and marks where something changed.
import { color, pen } from "./canvas.js";

export const LEFT = 52, BOTTOM = 34, TOP = 8;

export function axes(canvas, { low, high, first, last, name, below, digits, percent = false }) {
  const { context, width, height } = pen(canvas), w = width - LEFT - 8, h = height - TOP - BOTTOM;
  const x = (number) => LEFT + ((number - first) / Math.max(1, last - first)) * w, y = (value) => TOP + h - ((value - low) / (high - low)) * h;
  context.fillStyle = color("soft");
  context.strokeStyle = color("line");
  context.strokeRect(LEFT, TOP, w, h);
  context.textAlign = "center";
  const step = [20, 50, 100, 200, 500, 1000].find((one) => ((last - first) / one) * 50 < w) ?? 2000;
  for (let k = Math.ceil(Math.max(first, 0) / step) * step; k <= last; k += step) context.fillText(k, x(k), TOP + h + 15);
  context.fillText(below, LEFT + w / 2, TOP + h + 30);
  context.textAlign = "right";
  for (let k = 0; k <= 2; k++) {
    const value = low + (k / 2) * (high - low);
    context.fillText(percent ? `${(100 * value).toFixed(0)} %` : value.toFixed(digits), LEFT - 6, y(value) + 4);
  }
  context.save();
  context.translate(11, TOP + h / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(name, 0, 0);
  context.restore();
  context.save();
  context.beginPath();
  context.rect(LEFT, TOP, w, h);
  context.clip();
  return { context, x, y, h };
}

export function line(context, points, stroke, width, dash = []) {
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
  context.setLineDash([]);
}

// A line where the mark of a value is another than that of the one before; its words stand at the given height.
export function marks(context, shown, x, h, words) {
  shown.forEach((one, k) => {
    if (!k || shown[k - 1].mark === one.mark) return;
    line(context, [[x(one.number), TOP], [x(one.number), TOP + h]], color("soft"), 1, [4, 4]);
    context.fillStyle = color("soft");
    context.textAlign = "left";
    context.fillText(one.mark, x(one.number) + 4, words);
  });
}
