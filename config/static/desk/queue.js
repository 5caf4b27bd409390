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

  const rows = [...document.querySelectorAll("#queue tbody tr")];
  if (!rows.length) return;
  const place = `queue:${location.pathname}`;
  let at = -1;
  const go = (to) => {
    rows[at]?.classList.remove("on");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].classList.add("on");
    rows[at].scrollIntoView({ block: "nearest" });
    rows[at].querySelector(".what a").focus({ preventScroll: true });
    sessionStorage.setItem(place, rows[at].dataset.case);
  };
  const last = rows.findIndex((row) => row.dataset.case === sessionStorage.getItem(place));
  if (last >= 0) { at = last; rows[at].classList.add("on"); }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "j" || event.key === "ArrowDown") { event.preventDefault(); go(at + 1); }
    else if (event.key === "k" || event.key === "ArrowUp") { event.preventDefault(); go(at - 1); }
    else if (event.key === "Enter" && at >= 0 && event.target === document.body) rows[at].querySelector(".what a").click();
    else if (event.key === "x" && bulk && at >= 0) {
      const box = rows[at].querySelector('input[name="case"]');
      box.checked = !box.checked;
      count();
    }
    else if (event.key === "a" && at >= 0) rows[at].querySelector(".take button")?.click();
  });
})();
