// A queue under the fingers: j and k walk the rows, Enter opens, a takes; filters apply when they change.
(() => {
  document.querySelectorAll("#filters select").forEach((pick) => pick.addEventListener("change", () => pick.form.requestSubmit()));
  document.getElementById("filters").addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
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
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === "j" || event.key === "ArrowDown") { event.preventDefault(); go(at + 1); }
    else if (event.key === "k" || event.key === "ArrowUp") { event.preventDefault(); go(at - 1); }
    else if (event.key === "Enter" && at >= 0 && event.target === document.body) rows[at].querySelector(".what a").click();
    else if (event.key === "a" && at >= 0) rows[at].querySelector(".take button")?.click();
  });
})();
