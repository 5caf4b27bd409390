// A list under the fingers: j and k walk the rows, Enter opens, x selects, a takes; filters apply when they change.
(() => {
  const filters = document.getElementById("filters");
  if (filters) {
    for (const pick of filters.querySelectorAll("select")) pick.addEventListener("change", () => filters.requestSubmit());
    filters.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
    });
  }
  // Suggestions for the word that is being typed: a browser's list replaces all of a field, so each holds the rest.
  const said = document.getElementById("said");
  const known = said ? [...said.options].map((option) => option.value) : [];
  for (const field of document.querySelectorAll("[data-line]")) {
    field.addEventListener("input", () => {
      const [, before, word] = /^(.*?)(\S*)$/s.exec(field.value);
      const fitting = word ? known.filter((value) => value.startsWith(word) && value !== word).slice(0, 20) : [];
      said.replaceChildren(...fitting.map((value) => new Option("", before + value)));
    });
  }

  // What is selected: the bar shows with the first, and says how many.
  const bulk = document.getElementById("bulk");
  const boxes = () => [...document.querySelectorAll('input[name="case"][form="bulk"]')];
  const count = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    for (const box of boxes()) box.closest("tr")?.classList.toggle("chosen", box.checked);
    bulk.classList.toggle("none", !chosen);
    bulk.querySelector("[data-selected]").textContent = bulk.dataset.words.replace("0", chosen);
  };
  if (bulk) {
    bulk.dataset.words = `0 · ${bulk.querySelector("[data-selected]").textContent}`;
    document.addEventListener("change", (event) => { if (event.target.matches('input[name="case"]')) count(); });
    bulk.querySelector("[data-select-page]")?.addEventListener("click", (event) => {
      event.preventDefault();
      const rest = boxes().filter((box) => !box.checked);
      for (const box of rest.length ? rest : boxes()) box.checked = rest.length > 0;
      count();
    });
    window.addEventListener("pageshow", count);
    count();
  }

  // Asked for each time: rows come and go while the page stands (live.js).
  const rows = () => [...document.querySelectorAll("#queue tbody tr")];
  if (!rows().length) return;
  const place = `queue:${location.pathname}`;
  const current = () => rows().findIndex((row) => row.classList.contains("on"));
  const go = (to) => {
    const all = rows();
    all[current()]?.classList.remove("on");
    const row = all[Math.max(0, Math.min(all.length - 1, to))];
    row.classList.add("on");
    row.scrollIntoView({ block: "nearest" });
    row.querySelector(".what a").focus({ preventScroll: true });
    sessionStorage.setItem(place, row.dataset.case);
  };
  rows().find((row) => row.dataset.case === sessionStorage.getItem(place))?.classList.add("on");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const at = current();
    const row = rows()[at];
    if (event.key === "j" || event.key === "ArrowDown") { event.preventDefault(); go(at + 1); }
    else if (event.key === "k" || event.key === "ArrowUp") { event.preventDefault(); go(at - 1); }
    else if (event.key === "Enter" && row && event.target === document.body) row.querySelector(".what a").click();
    else if (event.key === "x" && bulk && row) {
      const box = row.querySelector('input[name="case"]');
      box.checked = !box.checked;
      count();
    }
    else if (event.key === "a" && row) row.querySelector(".take button")?.click();
  });
})();
