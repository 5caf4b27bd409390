// The search box as a palette: what fits stands under it while one types, with what can be done on this page.
// Without this script the box is a form. Enter opens the page of all results, arrow keys choose from the best.
(() => {
  const form = document.querySelector("form.find[data-palette]");
  const input = form?.querySelector("input[name=q]");
  if (!input) return;
  const words = form.dataset;
  const WAIT = 150;  // ms after the last key
  const SHORTEST = 2;  // characters that are worth a search
  const COMMANDS = 6;  // beside results; alone, all of them

  const make = (tag, properties, ...inside) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...inside);
    return made;
  };
  const list = make("div", { id: "palette-list" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.getAttribute("aria-label"));
  const said = make("div", {});  // a list holds nothing but what can be chosen
  const panel = make("div", { className: "palette", hidden: true }, said, list, make("div", { className: "pal-foot", textContent: words.foot }));
  const status = make("span", { className: "visually-hidden" });
  status.setAttribute("role", "status");
  form.append(panel, status);
  for (const [name, value] of Object.entries({
    role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false", "aria-haspopup": "listbox",
  })) input.setAttribute(name, value);

  // --- Commands: what this page offers anyway, by its names ------------------------------------------------------
  // What it belongs to stands before what it does: a card's title, a row's.
  const named = (element) => {
    if (element.dataset.copy) return `${element.title.replace(/ \(.*\)$/, "")} ${element.dataset.copy}`;
    const copy = element.cloneNode(true);
    for (const extra of copy.querySelectorAll("kbd, b, svg")) extra.remove();
    const spoken = copy.textContent.trim();
    const name = spoken.length > 1 ? spoken : element.getAttribute("aria-label") || element.title;
    const of = element.closest("h2")?.firstChild ?? element.closest(".row")?.querySelector(".muted");
    return (of && of !== element ? `${of.textContent.trim()}: ${name}` : name).replace(/\s+/g, " ");
  };
  const commands = () => {
    const found = new Map();
    const add = (element, more) => {
      const name = named(element);
      if (name && !found.has(name)) found.set(name, { name, element, ...more });
    };
    for (const element of document.querySelectorAll(".moves a.btn, .moves .menu a, #main a[data-sheet], #main a[data-key], #main button[data-key]")) {
      add(element, { key: element.dataset.key });
    }
    for (const refused of document.querySelectorAll(".moves .refused")) {
      add(refused.querySelector("button"), { why: refused.querySelector(".why")?.textContent });
    }
    for (const page of document.querySelectorAll("#nav-sidebar-inner .side-scroll a")) add(page, { page: true });
    return [...found.values()];
  };
  const fitting = (text) => {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    return commands().filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)));
  };
  const drawn = (some) => {
    if (!some.length) return [];
    const title = make("div", { className: "pal-title", id: "pal-commands", textContent: words.commands });
    const group = make("div", {}, title, ...some.map(({ name, element, key, why, page }) => {
      const row = make("div", { className: "pal-hit" }, make("span", { className: "hit-name", textContent: name }));
      row.setAttribute("role", "option");
      if (why) { row.setAttribute("aria-disabled", "true"); row.append(make("span", { className: "hit-about", textContent: why })); }
      if (key) row.append(" ", make("kbd", { textContent: key }));
      if (page) row.append(make("span", { className: "hit-about", textContent: words.page }));
      row.chosen = () => { if (!why) element.click(); };
      return row;
    }));
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", title.id);
    return [group];
  };

  // --- The list ---------------------------------------------------------------------------------------------------
  const results = make("div", {});
  results.setAttribute("role", "presentation");
  let on = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const mark = (place) => {
    on = place;
    options().forEach((option, number) => {
      option.id = `palette-${number}`;
      option.setAttribute("aria-selected", String(number === on));
      if (number === on) option.scrollIntoView({ block: "nearest" });
    });
    if (on < 0) input.removeAttribute("aria-activedescendant"); else input.setAttribute("aria-activedescendant", `palette-${on}`);
  };
  const open = () => { panel.hidden = false; input.setAttribute("aria-expanded", "true"); };
  const close = () => {
    panel.hidden = true;
    input.setAttribute("aria-expanded", "false");
    asking?.abort();
    clearTimeout(timer);
    mark(-1);
  };
  const told = (...notes) => {
    said.replaceChildren(...notes);
    status.textContent = said.textContent.trim() || words.count.replace("{n}", options().length);
  };

  let timer = 0;
  let asking = null;
  const ask = async (text) => {
    asking?.abort();
    asking = new AbortController();
    const url = `${words.palette}?q=${encodeURIComponent(text)}`;
    const answer = await fetch(url, { credentials: "same-origin", signal: asking.signal }).catch(() => null);
    const html = answer?.ok && !answer.redirected ? await answer.text().catch(() => null) : null;
    if (html === null || input.value.trim() !== text || panel.hidden) return;
    results.innerHTML = html;
    mark(-1);
    told(...results.querySelectorAll("[data-said]"));
  };
  const commanding = () => !input.value.trim() || input.value.trimStart().startsWith(">");
  const look = () => {
    clearTimeout(timer);
    asking?.abort();
    const text = input.value.trim();
    if (commanding()) {
      const some = drawn(fitting(text.replace(/^>/, "")));
      list.replaceChildren(...some);
      open();
      mark(some.length && text ? 0 : -1);
      told(...(some.length ? [] : [make("p", { className: "pal-said", textContent: words.none })]));
      return;
    }
    if (text.length < SHORTEST) { close(); return; }
    list.replaceChildren(results, ...drawn(fitting(text).slice(0, COMMANDS)));
    open();
    mark(-1);
    timer = setTimeout(ask, WAIT, text);
  };
  const choose = (option, newTab) => {
    if (option.getAttribute("aria-disabled")) return;
    if (option.href) {
      if (newTab) window.open(option.href, "_blank", "noopener"); else location.assign(option.href);
      return;
    }
    close();
    input.value = "";
    input.blur();
    option.chosen();
  };

  input.addEventListener("input", () => { if (input.value) look(); else close(); });
  input.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      if (panel.hidden) { look(); return; }
      const count = options().length;
      // From the box itself up to the last, down to the first.
      if (count) mark(on < 0 ? (moves[event.key] > 0 ? 0 : count - 1) : (on + moves[event.key] + count) % count);
    } else if (event.key === "Enter" && !panel.hidden && on >= 0) {
      event.preventDefault();
      event.stopPropagation();
      choose(options()[on], event.ctrlKey || event.metaKey);
    } else if (event.key === "Enter" && input.value.trimStart().startsWith(">")) {
      event.preventDefault();
    } else if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "k" && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      input.focus();
      input.select();
      look();
    }
  });
  panel.addEventListener("mousedown", (event) => event.preventDefault());
  panel.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option || (option.href && (event.ctrlKey || event.metaKey || event.shiftKey))) return;
    event.preventDefault();
    choose(option, false);
  });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
})();
