// What every desk page shares: countdowns, sheets (a move's form in a dialog), keys.
(() => {
  const body = document.body;
  const skew = Date.parse(body.dataset.now) - Date.now();
  const now = () => Date.now() + skew;

  // --- Words for spans of time, as config/spans.py writes them -------------------------------------------------
  const span = (seconds) => {
    const s = Math.floor(Math.abs(seconds));
    if (s < 60) return "< 1 min";
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`;
    return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
  };

  const tones = ["ok", "warn", "bad", "plain"];
  const tick = () => {
    for (const clock of document.querySelectorAll("[data-due]")) {
      const left = (Date.parse(clock.dataset.due) - now()) / 1000;
      const warned = clock.dataset.warn && Date.parse(clock.dataset.warn) <= now();
      const [tone, shape] = left < 0 ? ["bad", "▲"] : left <= 1800 ? ["bad", "◆"] : warned ? ["warn", "◐"] : ["plain", "○"];
      clock.querySelector("[data-words]").textContent = `${span(left)} ${left < 0 ? "over" : "left"}`;
      clock.querySelector("[data-shape]").textContent = shape;
      clock.classList.remove(...tones);
      clock.classList.add(tone);
    }
    for (const time of document.querySelectorAll("time[data-ago]")) {
      time.textContent = `${span((now() - Date.parse(time.dateTime)) / 1000)} ago`;
    }
  };
  // Words are written by the server in the reader's language; the script renews them in English only.
  if (document.documentElement.lang.startsWith("en")) setInterval(tick, 15000);

  // --- Sheets: a link marked data-sheet opens its page's form in a dialog; without this script it is a page ------
  const sheet = document.createElement("dialog");
  sheet.id = "sheet";
  body.append(sheet);
  const show = (html, close) => {
    sheet.innerHTML = html;
    for (const cancel of sheet.querySelectorAll("[data-cancel]")) {
      cancel.addEventListener("click", (event) => { event.preventDefault(); sheet.close(); });
    }
    sheet.querySelector("form")?.addEventListener("submit", send);
    if (!sheet.open) sheet.showModal();
    const first = sheet.querySelector(".errorlist ~ input, [autofocus], textarea, select, input:not([type=hidden])");
    first?.focus();
  };
  const ask = async (url, options = {}) => {
    const sending = options.method === "POST";
    const answer = await fetch(url, { ...options, headers: { "X-Desk-Sheet": "1" }, credentials: "same-origin" }).catch(() => null);
    const done = answer?.headers.get("X-Desk-Done");
    if (done || (answer?.redirected && !sending)) {
      location.assign(done || answer.url);
      return;
    }
    const html = answer && !answer.redirected ? await answer.text() : "";
    if (html && (answer.ok || html.includes('class="sheet"'))) show(html);
    else if (sending) keep(answer);
    else location.assign(url);
  };
  // No form came back: the one that was sent stays, with all that was typed.
  const keep = (answer) => {
    const form = sheet.querySelector("form");
    if (!form) { location.reload(); return; }
    const words = answer === null ? "The desk can't be reached just now; nothing was sent. Try again in a moment."
      : answer.redirected ? "You are signed out; nothing was sent. Sign in in another tab, keep your text and open this form again."
      : "The desk could not take this; nothing was sent. Keep your text and load the page again.";
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    form.querySelector("[data-unsent]")?.remove();
    const said = document.createElement("p");
    said.className = "message error";
    said.dataset.unsent = "";
    said.setAttribute("role", "alert");
    said.textContent = words;
    form.prepend(said);
  };
  const send = (event) => {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form, event.submitter);
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    ask(form.action, { method: "POST", body: data });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sheet]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    ask(link.href);
  });

  // A button marked data-sheet sends its form for a sheet: what is selected, say, before more is asked.
  document.addEventListener("submit", (event) => {
    if (!event.submitter?.matches("[data-sheet]")) return;
    event.preventDefault();
    ask(event.submitter.formAction, { method: "POST", body: new FormData(event.target, event.submitter) });
  });

  // --- Keys: an element with data-key is clicked or focused by it ------------------------------------------------
  const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if ((event.ctrlKey || event.metaKey || event.altKey) && event.key === "Enter") {
      const form = event.target.closest("form");
      const button = event.altKey ? form?.querySelector("[data-send-waiting]")
        : event.shiftKey ? form?.querySelector("[data-send-resolved]")
        : form?.querySelector("[data-send]") || form?.querySelector("button:not([type=button])");
      if (button) { event.preventDefault(); button.click(); }
      return;
    }
    if (event.ctrlKey && event.key === "k") {
      event.preventDefault();
      document.querySelector('[data-key="/"]')?.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") { document.getElementById("keys")?.showModal(); return; }
    const held = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!held) return;
    event.preventDefault();
    if (held.matches("input, textarea")) { held.focus(); held.select?.(); } else held.click();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-side-toggle]")) document.querySelector(".shell").classList.toggle("side-open");
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy);
  });
})();
