// Lists under the fingers: `::` macros, `??` articles, `@` people in a note; a number takes a suggested macro. Taking fills
// the box; sending is the person's.
(() => {
  const write = document.getElementById("write");
  if (!write) return;
  const words = JSON.parse(document.body.dataset.words);
  const form = (tab) => document.getElementById(tab);
  const part = (tab, name) => form(tab).querySelector(`[name="${tab}-${name}"]`);

  // Which macro the words are from is kept with their draft, and gone with it.
  const remember = (tab, kept) => {
    const key = `macro:${form(tab).dataset.compose}`;
    if (kept) localStorage.setItem(key, JSON.stringify(kept)); else localStorage.removeItem(key);
  };
  const preset = (tab, kept) => {
    part(tab, "macro").value = kept?.macro ?? "";
    part(tab, "preset").value = kept?.preset ?? "";
    const said = form(tab).querySelector("[data-does]");
    said.textContent = kept?.does ?? "";
    said.classList.toggle("warns", Boolean(kept?.warns));
    if (tab !== "reply") return;
    const buttons = [...form(tab).querySelectorAll("button[name=send_as]")];
    const main = buttons.find((button) => button.value === (kept?.preset ?? "")) ?? buttons.find((button) => !button.value);
    for (const button of buttons) {
      button.classList.toggle("go", button === main);
      button.toggleAttribute("data-send", button === main);
    }
    const keys = form(tab).querySelector("button[name=send_as] kbd");
    if (keys) main.append(" ", keys);
  };

  // `at`: the part of the text that is replaced; without it the words go behind what stands there.
  let asked = 0;
  const take = async (tab, id, at) => {
    const mine = ++asked;
    write.dataset.busy = "";
    const url = `${part(tab, "pick").dataset.macros}?macro=${encodeURIComponent(id)}`;
    const answer = await fetch(url, { headers: { "X-Desk-Sheet": "1" }, credentials: "same-origin" }).catch(() => null);
    const found = answer?.ok && !answer.redirected ? await answer.json().catch(() => null) : null;
    if (mine !== asked) return;
    delete write.dataset.busy;
    if (!found) {
      const said = form(tab).querySelector("[data-does]");
      said.textContent = words.macroAway;
      said.classList.add("warns");
      return;
    }
    if (write.dataset.open !== found.tab) write.querySelector(`[data-show="${found.tab}"]`).click();
    const area = part(found.tab, "body");
    const here = found.tab === tab && at;
    const [before, after] = here ? [area.value.slice(0, at[0]), area.value.slice(at[1])] : [area.value ? `${area.value.trimEnd()}\n\n` : "", ""];
    area.value = before + found.text + after;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    preset(found.tab, found);
    remember(found.tab, found);
    area.focus();
    area.setSelectionRange(before.length + found.text.length, before.length + found.text.length);
    area.scrollTop = area.scrollHeight;
  };
  // Nothing goes while the words are on their way.
  for (const one of write.querySelectorAll("form")) {
    one.addEventListener("submit", (event) => {
      if ("busy" in write.dataset) { event.preventDefault(); event.stopImmediatePropagation(); }
    }, true);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-macro]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    take(write.dataset.open, link.dataset.macro);
  });

  // A list that opens under the fingers. `opens`: what stands before the caret, its last group the words that narrow;
  // `rows()`: [{name, hint, …}], asked when it opens first; `choose(row, range)`: what replaces that part of the text.
  const opening = (tab, { id, label, opens, rows, none, choose }) => {
    const area = part(tab, "body");
    const list = document.createElement("ul");
    list.className = "macro-list";
    list.id = `${tab}-${id}`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", label);
    form(tab).append(list);
    area.setAttribute("aria-autocomplete", "list");
    let on = 0;
    let shown = [];
    let known = null;
    const close = () => { list.hidden = true; area.removeAttribute("aria-activedescendant"); };
    const mark = () => {
      [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === on)));
      const row = shown.length ? list.children[on] : null;
      if (row) { area.setAttribute("aria-activedescendant", row.id); row.scrollIntoView({ block: "nearest" }); }
    };
    const asking = () => opens.exec(area.value.slice(0, area.selectionStart));
    const look = async () => {
      if (!asking()) { close(); return; }
      known ??= rows();
      const all = await known;
      if (!all) known = null;  // asked anew by the next letter
      const found = asking();
      if (!found || !all) { close(); return; }
      const typed = found[found.length - 1];
      const parts = typed.toLowerCase().split(/\s+/).filter(Boolean);
      shown = all.filter((one) => parts.every((word) => one.name.toLowerCase().includes(word)));
      if (!shown.length && typed.includes(" ")) { close(); return; }  // no name: somebody writes on
      list.replaceChildren(...shown.map((one, place) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${place}`;
        row.setAttribute("role", "option");
        row.append(one.name);
        if (one.hint) { const hint = document.createElement("span"); hint.className = "faint"; hint.textContent = one.hint; row.append(hint); }
        row.addEventListener("mousedown", (event) => { event.preventDefault(); on = place; take(); });
        return row;
      }));
      if (!shown.length) {
        const row = document.createElement("li");
        row.className = "none";
        row.textContent = none;
        list.append(row);
      }
      on = 0;
      area.setAttribute("aria-controls", list.id);
      list.hidden = false;
      mark();
    };
    const take = () => {
      const found = asking();
      close();
      if (found && shown[on]) choose(shown[on], [area.selectionStart - found[0].length + found[1].length, area.selectionStart]);
    };
    area.addEventListener("input", look);
    area.addEventListener("blur", close);
    area.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      const moves = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in moves && shown.length) { on = (on + moves[event.key] + shown.length) % shown.length; mark(); }
      else if ((event.key === "Enter" || event.key === "Tab") && shown.length && !event.ctrlKey && !event.metaKey) take();
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  };
  const fetched = (tab, what) => async () => {
    const url = form(tab).dataset.names.replace("/what/", `/${what}/`);
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    return answer?.ok && !answer.redirected ? (await answer.json().catch(() => null))?.rows ?? null : null;
  };
  const insert = (tab) => (row, range) => {
    const area = part(tab, "body");
    area.setRangeText(row.insert, range[0], range[1], "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  for (const tab of ["reply", "note"]) {
    const area = part(tab, "body");
    const pick = part(tab, "pick");
    const macros = [...pick.options].filter((option) => option.value)
      .map((option) => ({ id: option.value, name: option.text, hint: "fits" in option.dataset ? words.fits : "" }));
    opening(tab, {
      id: "macros", label: words.macros, none: words.noMacro, opens: /(^|\s)::([^\n:]{0,40})$/,
      rows: () => macros, choose: (row, range) => take(tab, row.id, range),
    });
    opening(tab, {
      id: "articles", label: words.articles, none: words.noArticle, opens: /(^|\s)\?\?([^\n?]{0,40})$/,
      rows: fetched(tab, tab), choose: insert(tab),
    });
    if (tab === "note") opening(tab, {
      id: "people", label: words.people, none: words.nobodyNamed, opens: /(^|\s)@([^\n@]{0,40})$/,
      rows: fetched(tab, "people"), choose: insert(tab),
    });
    area.addEventListener("input", () => { if (!area.value) { preset(tab, null); remember(tab, null); } });
    pick.addEventListener("change", () => {
      if (pick.value) take(tab, pick.value);
      pick.value = "";
    });
    // A draft that came back is still from its macro.
    const kept = localStorage.getItem(`macro:${form(tab).dataset.compose}`);
    if (!area.value) remember(tab, null);
    else if (kept && !part(tab, "macro").value && !form(tab).hasAttribute("data-refused")) preset(tab, JSON.parse(kept));
    else if (form(tab).hasAttribute("data-refused")) preset(tab, {
      macro: part(tab, "macro").value, preset: part(tab, "preset").value,
      does: form(tab).querySelector("[data-does]").textContent, warns: form(tab).querySelector(".warns") !== null,
    });
  }
})();
