// What every desk page shares: countdowns, sheets (a move's form in a dialog), keys.
(() => {
  const body = document.body;
  const skew = Date.parse(body.dataset.now) - Date.now();
  const now = () => Date.now() + skew;
  const words = JSON.parse(body.dataset.words);
  const filled = (text, values) => text.replace(/\{(\w+)(:02d)?\}/g, (_all, name, two) => String(values[name]).padStart(two ? 2 : 1, "0"));

  // --- Spans of time, as config/spans.py writes them -----------------------------------------------------------
  const span = (seconds) => {
    const s = Math.floor(Math.abs(seconds));
    if (s < 60) return words.seconds;
    if (s < 3600) return filled(words.minutes, { m: Math.floor(s / 60) });
    if (s < 86400) return filled(words.hours, { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) });
    return filled(words.days, { d: Math.floor(s / 86400), h: Math.floor((s % 86400) / 3600) });
  };

  const tones = ["ok", "warn", "bad", "plain"];
  const tick = () => {
    for (const clock of document.querySelectorAll("[data-due]")) {
      const left = (Date.parse(clock.dataset.due) - now()) / 1000;
      const warned = clock.dataset.warn && Date.parse(clock.dataset.warn) <= now();
      const [tone, shape] = left < 0 ? ["bad", "▲"] : left <= 1800 ? ["bad", "◆"] : warned ? ["warn", "◐"] : ["plain", "○"];
      clock.querySelector("[data-words]").textContent = left < 0 ? filled(words.over, { over: span(left) }) : filled(words.left, { left: span(left) });
      clock.querySelector("[data-shape]").textContent = shape;
      clock.classList.remove(...tones);
      clock.classList.add(tone);
    }
    for (const time of document.querySelectorAll("time[data-ago]")) {
      time.textContent = filled(words.ago, { span: span((now() - Date.parse(time.dateTime)) / 1000) });
    }
  };
  setInterval(tick, 15000);

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
    const reason = answer === null ? words.unreachable : answer.redirected ? words.signedOut : words.refused;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    form.querySelector("[data-unsent]")?.remove();
    const said = document.createElement("p");
    said.className = "message error";
    said.dataset.unsent = "";
    said.setAttribute("role", "alert");
    said.textContent = reason;
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

  // --- A composer's text that was on its way is a draft no more once the next page, whichever it is, says it was sent --
  const arrived = document.querySelector(".message.success") !== null;
  const asksForMore = !arrived && document.querySelector(".solo .sheet"); // a form in between: it is on its way still
  for (const sending of Object.keys(sessionStorage).filter((name) => name.startsWith("sending:") && !asksForMore)) {
    // Also of the case before, when its message sent us on to another page.
    if (arrived) localStorage.removeItem(sending.replace("sending:", "draft:"));
    sessionStorage.removeItem(sending);
  }

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
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy);
  });
})();
