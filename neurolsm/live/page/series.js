// The values of a series with their forecasts, and the error over time.
import { axes, line, marks, TOP } from "./axes.js";
import { color, redraw } from "./canvas.js";

const SHOWN = 120, KEPT = 240;

export function series(chart, errors) {
  let past = [], feed = { axis: "value", range: [0, 1], measured: 0 };

  function range(shown) {  // what a page measures may lie anywhere in its range, and is shown as large as it is
    if (!feed.measured || !shown.length) return feed.range;
    const every = shown.flatMap((one) => [one.value, one.said ?? one.value, ...one.ahead.slice(0, 1)]).concat(shown.at(-1).ahead);
    const low = Math.min(...every), high = Math.max(...every), least = 0.05 * (feed.range[1] - feed.range[0]);
    const room = Math.max(0.1 * (high - low), (least - (high - low)) / 2);
    return [low - room, high + room];
  }
  function draw() {
    const shown = past.slice(-SHOWN), end = shown.at(-1), last = Math.max(SHOWN, end?.number ?? 0) + 14, first = last - SHOWN - 14;
    const [bottom, top] = range(shown), digits = top - bottom > 10 ? 0 : top - bottom > 1 ? 1 : 2;
    {
      const { context, x, y, h } = axes(chart, { low: bottom, high: top, first, last, name: feed.axis, below: "value number", digits });
      marks(context, shown, x, h, TOP + 12);
      line(context, shown.map((one) => [x(one.number), y(one.value)]), color("ink"), 1.6);
      context.fillStyle = color("accent");
      for (const one of shown) if (one.said !== null) context.fillRect(x(one.number) - 2, y(one.said) - 2, 4, 4);
      if (end) line(context, [[x(end.number), y(end.value)], ...end.ahead.map((v, k) => [x(end.number + 1 + k), y(v)])], color("inhibitory"), 2, [5, 3]);
      context.restore();
    }
    const known = past.filter((one) => one.nrmse !== null), high = Math.max(0.2, ...known.map((one) => one.nrmse));
    const from = known[0]?.number ?? 0, to = Math.max(from + 20, known.at(-1)?.number ?? 0);
    const { context, x, y, h } = axes(errors, { low: 0, high, first: from, last: to, name: "NRMSE", below: "value number", digits: 2 });
    marks(context, known, x, h, TOP + 12);
    line(context, known.map((one) => [x(one.number), y(one.nrmse)]), color("accent"), 2);
    context.restore();
  }
  redraw(chart, draw);
  redraw(errors, draw);
  return {
    begin(of, values) {
      feed = of;
      past = values.slice(-KEPT);
      chart.setAttribute("aria-label", `${feed.title}: values and forecasts`);
      draw();
    },
    add(value) {
      past.push(value);
      if (past.length > KEPT) past.shift();
      draw();
    },
  };
}
