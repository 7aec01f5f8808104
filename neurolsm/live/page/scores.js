// Every label with its probability, and a cross that makes the liquid forget it.
export function scores(list, said, spoken, forget) {
  let may = true, timer = null, rows = new Map();

  function row(label) {
    const item = document.createElement("li"), name = document.createElement("span"), bar = document.createElement("span");
    const percent = document.createElement("span"), cross = document.createElement("button");
    name.className = "name";
    name.textContent = name.title = label;
    bar.className = "bar";
    bar.setAttribute("aria-hidden", "true");
    bar.append(document.createElement("i"));
    percent.className = "percent";
    cross.type = "button";
    cross.textContent = "×";
    cross.title = `Forget ${label}`;
    cross.setAttribute("aria-label", `Forget ${label}`);
    cross.disabled = !may;
    cross.addEventListener("click", () => forget(label));
    item.append(name, bar, percent, cross);
    return item;
  }
  function show(labels, probability, blank) {
    if (labels.length !== rows.size || labels.some((label) => !rows.has(label))) {
      rows = new Map(labels.map((label) => [label, rows.get(label) ?? row(label)]));
      list.replaceChildren(...rows.values());
    }
    const best = blank ? -1 : probability.indexOf(Math.max(...probability));
    labels.forEach((label, k) => {
      const item = rows.get(label), share = blank ? 0 : (probability[k] ?? 0);
      item.classList.toggle("best", k === best);
      item.querySelector("i").style.width = `${100 * share}%`;
      item.querySelector(".percent").textContent = blank ? "" : `${(100 * share).toFixed(0)} %`;
    });
    said.textContent = best < 0 ? "Nothing is drawn" : `${labels[best]}, ${(100 * probability[best]).toFixed(0)} %`;
    clearTimeout(timer);  // a screen reader hears the answer when the pen rests
    timer = setTimeout(() => { if (spoken.textContent !== said.textContent) spoken.textContent = said.textContent; }, 700);
  }
  return {
    show,
    set may(value) {
      may = value;
      for (const item of rows.values()) item.querySelector("button").disabled = !value;
    },
  };
}
