// Ticking renews the checklist alone; minutes on the page are proposed where time is booked, never booked.
(() => {
  const tick = async (event) => {
    const form = event.target.closest("form[data-part]");
    if (!form) return;
    event.preventDefault();
    const held = event.submitter?.dataset.key;
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form, event.submitter), headers: { "X-Desk-Part": "1" }, credentials: "same-origin",
    }).catch(() => null);
    const html = answer && !answer.redirected ? await answer.text() : "";
    const card = document.getElementById(form.dataset.part);
    if (!html.includes(`id="${form.dataset.part}"`)) { location.reload(); return; }
    card.outerHTML = html;
    const now = document.getElementById(form.dataset.part);
    const said = document.querySelector("[data-progress]");
    if (said) said.textContent = `✓ ${now.dataset.done}`;
    // Who went by Tab stays where they were; who pressed the key goes on by key.
    if (!held) now.querySelector(`form[action="${form.getAttribute("action")}"] button`)?.focus();
  };
  document.addEventListener("submit", tick);

  // How long this case was open before one's eyes, in this tab, since time was last booked on it.
  const key = `open:${location.pathname}`;
  const booking = `booking:${location.pathname}`;
  if (sessionStorage.getItem(booking) && document.querySelector(".message.success")) sessionStorage.removeItem(key);
  sessionStorage.removeItem(booking);
  let seconds = Number(sessionStorage.getItem(key) || 0);
  setInterval(() => {
    if (document.visibilityState !== "visible") return;
    seconds += 15;
    sessionStorage.setItem(key, String(seconds));
  }, 15000);
  // Before the sheet opens: the address that it asks says what is proposed.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-time]");
    const minutes = Math.min(Math.round(seconds / 60), 1440);
    if (!link || !minutes) return;
    const address = new URL(link.href);
    address.searchParams.set("duration", `${minutes}m`);
    address.searchParams.set("proposed", "1");
    link.href = address;
  }, true);
  document.addEventListener("submit", (event) => {
    if (event.target.querySelector("[name=duration]")) sessionStorage.setItem(booking, "1");
  }, true);
})();
