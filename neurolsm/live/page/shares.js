// The running share of right answers: of what goes on learning, and of its copy that does not.
import { axes, line, LEFT, TOP } from "./axes.js";
import { color, redraw } from "./canvas.js";

const KEPT = 2000, ROWS = 3;

export function shares(canvas) {
  let past = [];

  function draw() {
    const first = past[0]?.number ?? 0, last = Math.max(first + 100, past.at(-1)?.number ?? 0);
    const { context, x, y, h } = axes(canvas, { low: 0, high: 1, first, last, name: "right of the last 100", below: "sample number", percent: true });
    let row = 0;
    past.forEach((one, k) => {  // where other months begin
      if (k && past[k - 1].mark === one.mark) return;
      const at = x(one.number);
      if (k) line(context, [[at, TOP], [at, TOP + h]], color("soft"), 1, [4, 4]);
      context.fillStyle = color("soft");
      const right = at > LEFT + (canvas.clientWidth - LEFT) - 110;
      context.textAlign = right ? "right" : "left";
      context.fillText(one.mark, at + (right ? -4 : 4), TOP + h - 8 - 15 * (row++ % ROWS));
    });
    line(context, past.map((one) => [x(one.number), y(one.still)]), color("inhibitory"), 2, [5, 3]);
    line(context, past.map((one) => [x(one.number), y(one.share)]), color("accent"), 2);
    context.restore();
  }
  redraw(canvas, draw);
  return {
    begin(values) { past = values.slice(); draw(); },
    add(value) {
      past.push(value);
      if (past.length > KEPT) past.shift();
      draw();
    },
  };
}
