// Plays the last look through the column and the raster, frame by frame, and counts the frames.
import { calm } from "./canvas.js";

const PAUSE = 25;  // silent steps between two rounds

export function player(column, raster, button, speed, told, frames) {
  let steps = 0, spikes = [], said = -1, at = 0, playing = !calm.matches, before = 0, counted = 0, since = 0;
  button.textContent = playing ? "Pause" : "Play";
  button.setAttribute("aria-pressed", playing);
  button.addEventListener("click", () => {
    playing = !playing;
    button.textContent = playing ? "Pause" : "Play";
    button.setAttribute("aria-pressed", playing);
  });

  function frame(now) {
    const passed = Math.min(0.25, (now - before) / 1000);
    before = now;
    requestAnimationFrame(frame);
    if (document.hidden || !column.shown()) return;
    if (playing && steps) {
      const last = Math.floor(at);
      at += passed * Number(speed.value);
      for (let step = last + 1; step <= Math.floor(at); step++) {
        column.fade();
        if (spikes[step]) column.fire(spikes[step]);
      }
      if (at > steps + PAUSE) at = -1;
      const step = Math.min(Math.max(0, at), steps);
      raster.stand(step);
      if (Math.floor(step) !== said) told.textContent = `step ${(said = Math.floor(step))} of ${steps}`;
    }
    if (playing) column.frame();
    counted += 1;
    if (now - since > 1000) {
      frames.textContent = `${Math.round((1000 * counted) / (now - since))} frames per second`;
      frames.dataset.rate = ((1000 * counted) / (now - since)).toFixed(1);
      counted = 0;
      since = now;
    }
  }
  requestAnimationFrame(frame);
  return {
    show(fired) {
      if (!steps || at > fired.length) at = -1;  // while somebody draws, the picture runs on
      spikes = fired;
      steps = fired.length;
      if (!steps) told.textContent = "";
      if (!playing) {
        for (const one of spikes) column.fire(one);
        column.draw();
      }
    },
  };
}
