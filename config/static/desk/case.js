// The case page: one composer at a time, drafts that survive, the timeline at its newest.
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const write = document.getElementById("write");
  const time = document.getElementById("time");
  if (!location.hash || location.hash === "#end") time.scrollTop = time.scrollHeight;
  // Why a move is refused shows on hover and focus; Escape takes the words away until one comes back (WCAG 1.4.13).
  const again = (event) => {
    const refused = event.target.closest?.(".refused.told");
    if (refused && !refused.contains(event.relatedTarget)) refused.classList.remove("told");
  };
  document.addEventListener("mouseout", again);
  document.addEventListener("focusout", again);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const refused of document.querySelectorAll(".refused:hover, .refused:focus-within")) refused.classList.add("told");
  });
  if (!write) return;
  const open = (tab, focus) => {
    write.dataset.open = tab;
    for (const link of write.querySelectorAll("[data-show]")) link.setAttribute("aria-selected", String(link.dataset.show === tab));
    if (focus) document.getElementById(`${tab}-body`).focus();
  };
  open(write.dataset.open, false);
  for (const link of write.querySelectorAll("[data-show]")) {
    link.addEventListener("click", (event) => { event.preventDefault(); open(link.dataset.show, true); });
  }
  // r and i focus a textarea that may be hidden: show its tab first.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    const area = write.querySelector(`textarea[data-key="${CSS.escape(event.key)}"]`);
    if (area) { event.preventDefault(); event.stopImmediatePropagation(); open(area.dataset.tab, true); }
  }, true);
  // Drafts: kept as typed, by person, case and tab, here at once and on the desk a moment later; gone only when the next
  // page says that they were sent (`desk.js`). Of two the newer one stands.
  const read = (key) => {
    try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; }
  };
  const opened = Date.now();
  const now = () => Date.now() + Date.parse(document.body.dataset.now) - opened;
  for (const form of write.querySelectorAll("[data-compose]")) {
    const area = form.querySelector("textarea");
    const key = `draft:${form.dataset.compose}`;
    const sending = `sending:${form.dataset.compose}`;
    const said = form.querySelector("[data-draft]");
    const kept = read(key);
    const refused = form.hasAttribute("data-refused");
    if (!refused && kept.text && !(Date.parse(form.dataset.kept) > kept.at)) {
      // Brought here from a case that was merged into this one: it stands behind what had been begun here.
      const begun = kept.brought && !kept.text.startsWith(area.value) ? `${area.value}\n\n` : "";
      area.value = begun + kept.text;
      if (kept.brought) localStorage.setItem(key, JSON.stringify({ text: area.value, at: kept.at }));
    }
    if (!refused && area.value) said.textContent = words.kept;
    let later = 0;
    let sent = false;
    const keep = () => {
      clearTimeout(later);
      later = 0;
      if (sent) return;
      const body = new FormData();
      for (const [name, value] of [["body", area.value], ["token", form.querySelector(`[name$="-token"]`).value], ["csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value]]) body.set(name, value);
      // A page that is left may send no more than this at its end.
      fetch(form.dataset.keep, { method: "POST", body, credentials: "same-origin", keepalive: area.value.length < 15000 })
        .then((answer) => { if (answer.ok && !answer.redirected && area.value) said.textContent = words.keptAt.replace("{time}", new Date().toTimeString().slice(0, 5)); })
        .catch(() => {});
    };
    area.addEventListener("input", () => {
      if (area.value) localStorage.setItem(key, JSON.stringify({ text: area.value, at: now() })); else localStorage.removeItem(key);
      said.textContent = area.value ? words.kept : "";
      clearTimeout(later);
      later = setTimeout(keep, 1500);
    });
    window.addEventListener("pagehide", () => { if (later) keep(); });
    form.addEventListener("submit", () => {
      sent = true;
      clearTimeout(later);
      sessionStorage.setItem(sending, "1");
      setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
    });
    window.addEventListener("pageshow", () => { sent = false; });
    if (refused) area.focus();
  }
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const button of write.querySelectorAll("button")) button.disabled = false;
  });
})();
