// Triage renews itself: the same page is fetched and its content exchanged; nothing moves while a sheet is open.
(() => {
  const renew = async () => {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("renewed");
    const place = document.getElementById("renewed");
    if (!fresh || place.contains(document.activeElement) || document.querySelector("dialog[open]")) return;
    const main = document.getElementById("main");
    const top = main.scrollTop;
    place.replaceWith(fresh);
    main.scrollTop = top;
  };
  setInterval(renew, 30000);
})();
