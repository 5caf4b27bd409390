// The case page: one composer at a time, drafts that survive, the timeline at its newest.
(() => {
  const write = document.getElementById("write");
  const time = document.getElementById("time");
  if (!location.hash || location.hash === "#end") time.scrollTop = time.scrollHeight;
  // Why a move is refused shows on hover and focus; Escape takes the words away until one comes back (WCAG 1.4.13).
  for (const refused of document.querySelectorAll(".refused")) {
    const again = () => refused.classList.remove("told");
    refused.addEventListener("mouseleave", again);
    refused.addEventListener("focusout", again);
  }
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
  // Drafts: kept as typed, by case and tab; gone only when the next page says that they were sent.
  const arrived = document.querySelector(".message.success") !== null;
  for (const sending of Object.keys(sessionStorage).filter((name) => name.startsWith("sending:"))) {
    // Also of the case before, when its message sent us on to this one.
    if (arrived) localStorage.removeItem(sending.replace("sending:", "draft:"));
    sessionStorage.removeItem(sending);
  }
  for (const form of write.querySelectorAll("[data-compose]")) {
    const area = form.querySelector("textarea");
    const key = `draft:${form.dataset.compose}`;
    const sending = `sending:${form.dataset.compose}`;
    const said = form.querySelector("[data-draft]");
    const kept = localStorage.getItem(key);
    if (!area.value && kept) { area.value = kept; said.textContent = "draft kept"; }
    area.addEventListener("input", () => {
      if (area.value) localStorage.setItem(key, area.value); else localStorage.removeItem(key);
      said.textContent = area.value ? `draft kept ${new Date().toTimeString().slice(0, 5)}` : "";
    });
    form.addEventListener("submit", () => {
      sessionStorage.setItem(sending, "1");
      setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
    });
    if (form.hasAttribute("data-refused")) area.focus();
  }
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const button of write.querySelectorAll("button")) button.disabled = false;
  });
})();
