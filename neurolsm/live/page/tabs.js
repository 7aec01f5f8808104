// Two panels, one shown; arrow keys go from tab to tab.
export function tabs(list) {
  const all = [...list.querySelectorAll("[role=tab]")];
  function choose(tab, focus) {
    for (const one of all) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", chosen);
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) tab.focus();
  }
  all.forEach((tab, k) => {
    tab.addEventListener("click", () => choose(tab, false));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by) choose(all[(k + by + all.length) % all.length], true);
    });
  });
}
