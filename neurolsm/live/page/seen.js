// The pixels that the liquid is shown.
import { color, pen, redraw } from "./canvas.js";

export function seen(canvas) {
  let shape = [1, 1], high = 1, pixels = [0];
  function draw() {
    const { context, width, height } = pen(canvas);
    context.fillStyle = color("ink");
    pixels.forEach((value, k) => {
      if (!value) return;
      context.globalAlpha = Math.min(1, value / high);
      const x = (k % shape[1]) / shape[1], y = Math.floor(k / shape[1]) / shape[0];
      context.fillRect(x * width, y * height, width / shape[1] + 0.5, height / shape[0] + 0.5);
    });
    context.globalAlpha = 1;
  }
  redraw(canvas, draw);
  return {
    paper(given, most) { shape = given; high = most; },
    show(given) { pixels = given; draw(); },
  };
}
