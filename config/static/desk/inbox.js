// The inbox by keys: j and k, Enter opens, x marks as read.
(() => {
  const rows = [...document.querySelectorAll("[data-notice]")];
  let at = -1;
  const go = (to) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("on");
    at = Math.min(Math.max(to, 0), rows.length - 1);
    rows[at].classList.add("on");
    rows[at].querySelector(".notice-open").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.key === "j" || event.key === "ArrowDown") { event.preventDefault(); go(at + 1); }
    else if (event.key === "k" || event.key === "ArrowUp") { event.preventDefault(); go(at - 1); }
    else if (event.key === "x" && at >= 0) rows[at].querySelector("[data-read]")?.click();
  });
})();
