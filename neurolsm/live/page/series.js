// The series with its forecasts, and the error over time.
import { color, pen, redraw } from "./canvas.js";

const SHOWN = 120, LEFT = 52, BOTTOM = 34, TOP = 8;

export function series(chart, errors) {
  let past = [];

  function axes(canvas, low, high, first, last, name, unit) {
    const { context, width, height } = pen(canvas), w = width - LEFT - 8, h = height - TOP - BOTTOM;
    const x = (number) => LEFT + ((number - first) / Math.max(1, last - first)) * w, y = (value) => TOP + h - ((value - low) / (high - low)) * h;
    context.fillStyle = color("soft");
    context.strokeStyle = color("line");
    context.strokeRect(LEFT, TOP, w, h);
    context.textAlign = "center";
    for (let k = Math.ceil(Math.max(first, 0) / 20) * 20; k <= last; k += 20) context.fillText(k, x(k), TOP + h + 15);
    context.fillText("value number", LEFT + w / 2, TOP + h + 30);
    context.textAlign = "right";
    for (let k = 0; k <= 2; k++) context.fillText((low + (k / 2) * (high - low)).toFixed(unit), LEFT - 6, y(low + (k / 2) * (high - low)) + 4);
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
  function line(context, points, stroke, width, dash = []) {
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    context.setLineDash([]);
  }
  function marks(context, shown, x, h) {  // where the law changed
    shown.forEach((one, k) => {
      if (!k || shown[k - 1].law === one.law) return;
      line(context, [[x(one.number), TOP], [x(one.number), TOP + h]], color("soft"), 1, [4, 4]);
      context.fillStyle = color("soft");
      context.textAlign = "left";
      context.fillText(`delay ${one.law}`, x(one.number) + 4, TOP + 12);
    });
  }
  function draw() {
    const shown = past.slice(-SHOWN), end = shown.at(-1), last = Math.max(SHOWN, end?.number ?? 0) + 14, first = last - SHOWN - 14;
    {
      const { context, x, y, h } = axes(chart, 0, 1.6, first, last, "value", 1);
      marks(context, shown, x, h);
      line(context, shown.map((one) => [x(one.number), y(one.value)]), color("ink"), 1.6);
      context.fillStyle = color("accent");
      for (const one of shown) context.fillRect(x(one.number) - 2, y(one.said) - 2, 4, 4);
      if (end) line(context, [[x(end.number), y(end.value)], ...end.ahead.map((v, k) => [x(end.number + 1 + k), y(v)])], color("inhibitory"), 2, [5, 3]);
      context.restore();
    }
    const known = past.filter((one) => one.nrmse !== null), most = Math.max(0.2, ...known.map((one) => one.nrmse));
    const from = known[0]?.number ?? 0, to = Math.max(from + 20, known.at(-1)?.number ?? 0);
    const { context, x, y, h } = axes(errors, 0, most, from, to, "NRMSE", 2);
    marks(context, known, x, h);
    line(context, known.map((one) => [x(one.number), y(one.nrmse)]), color("accent"), 2);
    context.restore();
  }
  redraw(chart, draw);
  redraw(errors, draw);
  return {
    begin(values) { past = values; draw(); },
    add(value) {
      past.push(value);
      if (past.length > 240) past.shift();
      draw();
    },
  };
}
