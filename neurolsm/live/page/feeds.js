// Where a series may come from: one of several, each with what happens then, or with why it cannot be chosen.
export function feeds(box, note, chosen) {
  let all = new Map(), may = false;

  function row(feed) {
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "feed", value: feed.name, id: `feed-${feed.name}` });
    input.addEventListener("change", show);
    label.append(input, feed.title);
    if (!feed.why) return [label];
    const why = Object.assign(document.createElement("p"), { className: "note", id: `why-${feed.name}`, textContent: `${feed.title}: ${feed.why}` });
    input.setAttribute("aria-describedby", why.id);
    label.append(" (not available)");
    return [label, why];
  }
  const value = () => box.querySelector("input:checked")?.value ?? "";
  function show() {
    note.textContent = all.get(value())?.note ?? "";
    chosen();
  }
  function enable() {
    for (const input of box.querySelectorAll("input")) input.disabled = !may || Boolean(all.get(input.value).why);
  }
  return {
    offer(offered) {
      all = new Map(offered.map((feed) => [feed.name, feed]));
      const rows = offered.map(row);
      box.replaceChildren(box.querySelector("legend"), ...rows.map(([label]) => label), ...rows.flatMap(([, why]) => why ?? []));
      enable();
    },
    choose(name) {
      const input = document.getElementById(`feed-${name}`);
      if (input) input.checked = true;
      show();
    },
    of: (name) => all.get(name),
    get value() { return value(); },
    set may(can) { may = can; enable(); },
  };
}
