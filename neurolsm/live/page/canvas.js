// A canvas that is as sharp as the screen, and the colours of the page, light or dark.
let colors = new Map();
const dark = matchMedia("(prefers-color-scheme: dark)");
const redrawn = new Set();
dark.addEventListener("change", () => {
  colors = new Map();
  for (const draw of redrawn) draw();
});
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function color(name) {
  if (!colors.has(name)) colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return colors.get(name);
}

export function pen(canvas) {
  const scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  return { context, width, height };
}

// Draw again when the canvas changes its size or the page its colours.
export function redraw(canvas, draw) {
  redrawn.add(draw);
  new ResizeObserver(() => draw()).observe(canvas);
}
