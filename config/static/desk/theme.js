// Runs before the first paint: the theme that unfold's switch stores, else the system's.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => (localStorage.getItem("adminTheme") || "auto").replaceAll('"', "");
  const apply = () => {
    const theme = chosen();
    const dark = theme === "dark" || (theme !== "light" && system.matches);
    root.classList.remove("auto");
    root.classList.toggle("dark", dark);
    root.classList.add("js");
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = root.classList.contains("dark") ? "light" : "dark";
    localStorage.setItem("adminTheme", JSON.stringify(next));
    apply();
  });
})();
