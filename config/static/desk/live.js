// What others do appears by itself: who is here, the case's header and timeline, a list's rows, the sidebar's counts, the
// Lead's view. A visible page asks every few seconds whether there is news; only then is the page fetched again. What
// somebody writes in, has open or stands on is never touched.
(() => {
  const live = document.getElementById("live");
  if (!live) return;
  const said = live.dataset;
  const SOON = 3000, LATER = 12000; // milliseconds between two questions: in use, and left alone
  const LIVE = { "X-Desk-Live": "1" }; // asked for by the page itself: nothing is answered out of a memory
  const ALONE = 120000; // without a key or a move of the mouse for so long
  const LIST_REST = 20000, COUNTS_REST = 60000, SLOW = 60000; // between two renewals; without news, for time passes too

  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
  const fetched = async (url) => {
    const answer = await fetch(url, { credentials: "same-origin", headers: LIVE }).catch(() => null);
    if (!answer?.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  const here = () => location.href.split("#")[0];

  // --- Who else is here ------------------------------------------------------------------------------------------
  const ORDER = ["typing", "looking", "away"];
  const initials = (name) => name.split(/\s+/).map((part) => part[0]).join("").slice(0, 2).toUpperCase();
  const faces = (place, people) => {
    const drawn = JSON.stringify(people);
    if (place.dataset.drawn === drawn) return;
    place.dataset.drawn = drawn;
    place.replaceChildren(...people.map(([name, doing]) => {
      const face = document.createElement("span");
      face.className = `face ${doing}`;
      face.textContent = initials(name);
      face.title = fill(said[doing] ?? "", { name });
      const words = document.createElement("span");
      words.className = place.matches("[data-here]") && doing === "typing" ? "words" : "visually-hidden";
      words.textContent = ` ${face.title}`;
      face.append(words);
      return face;
    }));
  };
  const present = (people) => {
    for (const list of Object.values(people)) list.sort((one, other) => ORDER.indexOf(one[1]) - ORDER.indexOf(other[1]));
    const header = document.querySelector("[data-here]");
    if (header) faces(header, people[said.case] ?? []);
    for (const row of document.querySelectorAll("#queue tbody tr[data-case]")) {
      let place = row.querySelector(".row-here");
      const there = people[row.dataset.case] ?? [];
      if (!place && !there.length) continue;
      if (!place) {
        place = document.createElement("span");
        place.className = "here row-here";
        row.querySelector(".what").prepend(place);
      }
      faces(place, there);
    }
  };

  // --- The same page, fetched again, and what of it is taken over ------------------------------------------------
  const counts = (page) => {
    for (const fresh of page.querySelectorAll(".side-scroll a[href]")) {
      const line = document.querySelector(`.side-scroll a[href="${CSS.escape(fresh.getAttribute("href"))}"]`);
      if (!line) continue;
      const [old, now] = [line.querySelector("b"), fresh.querySelector("b")];
      if (old?.outerHTML === now?.outerHTML) continue;
      old?.remove();
      if (now) line.append(now.cloneNode(true));
    }
  };
  const carried = (page) => {
    // Words for the reader that this answer took along are shown here, or nobody would see them.
    for (const message of page.querySelectorAll("ul.messages > li")) document.querySelector("ul.messages").append(message);
  };
  const exchange = (old, fresh) => {
    if (!old || !fresh || old.isEqualNode(fresh)) return;
    const focus = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const [top, opened] = [old.scrollTop, old.querySelector("details[open]") !== null];
    old.replaceWith(fresh);
    fresh.scrollTop = top;
    if (opened) fresh.querySelector("details")?.setAttribute("open", "");
    if (focus) fresh.querySelector(`[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  };
  // Children with a name stay the same nodes while they say the same: a selection, an open fold, the place on screen.
  const nameOf = (child) => child.id || child.querySelector("[id]")?.id || "";
  const morph = (old, fresh) => {
    const known = new Map([...old.children].map((child) => [nameOf(child), child]));
    const wanted = [...fresh.children].map((child) => {
      const stands = known.get(nameOf(child));
      if (stands?.querySelector("details[open]")) child.querySelector("details")?.setAttribute("open", "");
      return stands?.isEqualNode(child) ? stands : child;
    });
    for (const child of [...old.children]) if (!wanted.includes(child)) child.remove();
    wanted.forEach((child, place) => { if (old.children[place] !== child) old.insertBefore(child, old.children[place] ?? null); });
  };

  // --- A case ----------------------------------------------------------------------------------------------------
  let version = Number(said.version ?? 0);
  const write = document.getElementById("write");
  const forms = write ? [...write.querySelectorAll("[data-compose]")] : [];
  const part = (form, name) => form.querySelector(`[name$="-${name}"]`);
  const ago = (since) => {
    const seconds = Math.max(0, Math.round((Date.now() + skew - Date.parse(since)) / 1000));
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  };
  const skew = Date.parse(document.body.dataset.now) - Date.now();
  // What came in between is told before the press: the first one is held, once.
  const raise = (form) => { part(form, "version").value = version; part(form, "seen").value = new Date(Date.now() + skew).toISOString(); };
  const guard = (line) => {
    const writing = forms.filter((form) => form.querySelector("textarea").value.trim());
    forms.filter((form) => !writing.includes(form)).forEach(raise);
    if (!writing.length) return;
    const side = ["them", "us", "note"].find((one) => line.classList.contains(one)) ?? "event";
    let words = write.querySelector(".guard");
    if (!words) {
      words = document.createElement("p");
      words.className = "message warning guard";
      words.setAttribute("role", "alert");
      write.prepend(words);
    }
    words.dataset.guard = "";
    const since = line.querySelector("time")?.dateTime;
    const tell = () => { words.textContent = fill(said[`said${side[0].toUpperCase()}${side.slice(1)}`], { name: line.querySelector(".who b")?.textContent ?? "", ago: since ? ago(since) : "" }); };
    tell();
    words.held = () => { tell(); writing.forEach(raise); delete words.dataset.guard; };
  };
  document.addEventListener("submit", (event) => {
    const words = write?.querySelector("[data-guard]");
    if (!words || !event.target.matches("[data-compose]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    words.held();
    document.getElementById("time").scrollTop = document.getElementById("time").scrollHeight;
  }, true);

  // Merged meanwhile: nothing is sent from here any more. What was begun waits in the composer of the case it goes on as.
  const goOn = (onward) => {
    if (write.dataset.goesOn) return;
    write.dataset.goesOn = onward.dataset.goesOn;
    for (const form of forms) {
      const area = form.querySelector("textarea");
      area.readOnly = true;
      for (const button of form.querySelectorAll("button")) button.disabled = true;
      if (!area.value.trim()) continue;
      const [user, , tab] = form.dataset.compose.split("-");
      const key = `draft:${user}-${onward.dataset.goesOn}-${tab}`;
      let there = {};
      try { there = JSON.parse(localStorage.getItem(key)) ?? {}; } catch { /* nothing of ours stands there */ }
      const text = [there.text, area.value].filter(Boolean).join("\n\n");
      localStorage.setItem(key, JSON.stringify({ text, at: Date.now() + skew, brought: true }));
    }
    write.querySelector(".guard")?.remove();
    const words = document.createElement("p");
    words.className = "message warning";
    words.setAttribute("role", "alert");
    words.append(`${fill(said.merged, { case: `CASE-${onward.dataset.goesOn}` })} `, ...onward.cloneNode(true).childNodes);
    write.prepend(words);
  };

  const renewCase = async (told) => {
    const page = await fetched(here());
    const news = page?.getElementById("live");
    if (!news) return;
    const same = Number(news.dataset.version) === version;
    version = Math.max(told, Number(news.dataset.version));
    const time = document.getElementById("time");
    const atEnd = time.scrollHeight - time.scrollTop - time.clientHeight < 60;
    const known = new Set([...time.querySelectorAll("li[id]")].map((line) => line.id));
    const fresh = page.getElementById("time");
    const lines = [...fresh.querySelectorAll("li[id]")].filter((line) => !known.has(line.id));
    const face = document.querySelector("[data-here]");
    exchange(document.querySelector(".head"), page.querySelector(".head"));
    document.querySelector("[data-here]")?.replaceWith(face);
    for (const pin of time.querySelectorAll(":scope > .pin")) pin.remove();
    time.prepend(...fresh.querySelectorAll(":scope > .pin"));
    morph(time.querySelector("ol.lines"), fresh.querySelector("ol.lines"));
    exchange(document.querySelector("aside.right"), page.querySelector("aside.right"));
    counts(page);
    carried(page);
    const onward = page.querySelector("[data-goes-on]");
    if (onward && write) { goOn(onward); return; }
    if (same) return;
    // What one did oneself, or what stands on the page now and left no word, holds nobody up.
    const others = lines.filter((line) => line.querySelector("b")?.textContent !== said.me);
    const spoken = others.filter((line) => line.matches(".msg"));
    if (others.length) guard(spoken.at(-1) ?? others.at(-1));
    else if (!write?.querySelector("[data-guard]")) forms.forEach(raise);
    if (!lines.length) return;
    if (atEnd) time.scrollTop = time.scrollHeight;
    else below(spoken.length || lines.length);
  };
  const below = (n) => {
    const time = document.getElementById("time");
    let pill = document.querySelector(".news-below");
    if (!pill) {
      pill = document.createElement("button");
      pill.type = "button";
      pill.className = "btn small news-below";
      pill.addEventListener("click", () => { time.scrollTop = time.scrollHeight; pill.remove(); });
      time.addEventListener("scroll", () => { if (time.scrollHeight - time.scrollTop - time.clientHeight < 60) pill.remove(); });
      time.parentElement.append(pill);
      pill.dataset.n = 0;
    }
    pill.dataset.n = Number(pill.dataset.n) + n;
    pill.textContent = `↓ ${fill(said.below, { n: pill.dataset.n })}`;
  };

  // --- A list ----------------------------------------------------------------------------------------------------
  let waiting = null; // the page that holds the new rows
  const rowsOf = (page) => new Map([...page.querySelectorAll("#queue tbody tr[data-case]")].map((row) => [row.dataset.case, row]));
  const renewRow = (old, fresh) => {
    old.classList.toggle("new", fresh.classList.contains("new"));
    old.classList.remove("left");
    old.removeAttribute("title");
    [...fresh.cells].forEach((cell, place) => {
      const now = old.cells[place];
      if (!now || now.contains(document.activeElement) || now.matches(".c-pick")) return;
      const people = now.querySelector(".row-here");
      people?.remove();
      if (now.innerHTML !== cell.innerHTML) now.replaceChildren(...cell.cloneNode(true).childNodes);
      if (people) now.prepend(people);
    });
  };
  const pill = () => document.querySelector(".news");
  const renewList = async () => {
    const page = await fetched(here());
    const news = page?.getElementById("live");
    if (!news) return;
    stamp = news.dataset.stamp;
    counts(page);
    carried(page);
    const [old, fresh] = [rowsOf(document), rowsOf(page)];
    for (const [id, row] of old) {
      if (fresh.has(id)) renewRow(row, fresh.get(id));
      else { row.classList.add("left"); row.title = said.gone; }
    }
    const added = [...fresh.keys()].filter((id) => !old.has(id)).length;
    waiting = page;
    if (!added) { pill()?.remove(); return; }
    const words = added === 1 ? said.newOne : fill(said.newMany, { n: added });
    if (pill()) { pill().textContent = words; return; }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small go news";
    button.textContent = words;
    button.addEventListener("click", show);
    (document.querySelector("#filters h1") ?? document.querySelector("#main h1")).after(button);
  };
  // The rows as they are now, in their order; what was selected stays so.
  const show = () => {
    const [table, fresh] = [document.getElementById("queue"), waiting?.getElementById("queue")];
    pill()?.remove();
    if (!table || !fresh) { location.reload(); return; }
    const chosen = new Set([...table.querySelectorAll("input[name=case]:checked")].map((box) => box.value.split(":")[0]));
    const on = table.querySelector("tr.on")?.dataset.case;
    for (const box of fresh.querySelectorAll("input[name=case]")) box.checked = chosen.has(box.value.split(":")[0]);
    for (const row of fresh.querySelectorAll("tbody tr")) if (row.dataset.case === on) row.classList.add("on");
    table.tBodies[0].replaceWith(fresh.tBodies[0]);
    document.querySelector("#filters > .chip")?.replaceWith(waiting.querySelector("#filters > .chip"));
    document.dispatchEvent(new Event("change", { bubbles: true }));
    waiting = null;
    ask();
  };

  // --- The Lead's view: all of it, but not under an open sheet or a finger ----------------------------------------
  const renewWhole = async () => {
    const place = document.getElementById("renewed");
    const busy = () => place.contains(document.activeElement) || document.querySelector("dialog[open]");
    if (busy()) return false;
    const page = await fetched(here());
    const fresh = page?.getElementById("renewed");
    if (!fresh || busy()) return false;
    const main = document.getElementById("main");
    const top = main.scrollTop;
    stamp = page.getElementById("live").dataset.stamp;
    place.replaceWith(fresh);
    counts(page);
    carried(page);
    main.scrollTop = top;
    return true;
  };
  const renewCounts = async (now) => {
    stamp = now;
    const page = await fetched(said.counts);
    if (page) counts(page);
  };

  // --- The question ----------------------------------------------------------------------------------------------
  const whole = document.getElementById("renewed") !== null;
  const list = !said.case && !whole;
  let stamp = said.stamp ?? "";
  const LOOKS = 4;
  let looks = 0;
  let renewed = Date.now(), used = Date.now(), typed = 0, asked = 0, timer = 0, left = false, over = false;
  const doing = () => (document.hidden || Date.now() - used > ALONE ? "away" : Date.now() - typed < 5000 ? "typing" : "looking");
  const send = (what, keepalive = false) => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: said.csrf, ...(said.case ? { case: said.case, doing: what } : {}) });
    return fetch(said.url, { method: "POST", body, keepalive, credentials: "same-origin", headers: LIVE }).catch(() => null);
  };
  const renew = async (answer) => {
    if (said.case && answer.version > version) return renewCase(answer.version);
    const since = Date.now() - renewed;
    // Mail that leaves is no change of the case: what is on its way is looked at again, now and then.
    if (said.case && since > LIST_REST && looks < LOOKS && document.querySelector("#time .going-ink")) {
      [renewed, looks] = [Date.now(), looks + 1];
      return renewCase(version);
    }
    const changed = answer.stamp && answer.stamp !== stamp;
    if (said.case && !stamp) { stamp = answer.stamp; return; }
    const due = said.case ? changed && since > COUNTS_REST : (changed && since > LIST_REST) || since > (whole ? SLOW / 2 : SLOW);
    if (!due) return;
    renewed = Date.now();
    if (said.case) await renewCounts(answer.stamp);
    else if (list) await renewList();
    else if (!(await renewWhole())) renewed = 0;
  };
  async function ask() {
    clearTimeout(timer);
    if (document.hidden || over) return;
    asked = Date.now();
    const answer = await send(doing());
    if (answer && (answer.redirected || [403, 404].includes(answer.status))) { over = true; return; }
    const news = answer?.ok ? await answer.json().catch(() => null) : null;
    if (news) {
      present(news.people);
      await renew(news);
    }
    clearTimeout(timer);
    timer = setTimeout(ask, (Date.now() - used > ALONE ? LATER : SOON) * (0.9 + Math.random() / 5));
  }
  for (const name of ["keydown", "pointermove", "pointerdown", "wheel"]) {
    document.addEventListener(name, () => {
      const back = Date.now() - used > ALONE;
      used = Date.now();
      if (back) ask();
    }, { passive: true, capture: true });
  }
  write?.addEventListener("input", () => {
    const first = Date.now() - typed > 5000;
    typed = Date.now();
    if (first && Date.now() - asked > 500) ask();
  });
  // What is posted without leaving the page has changed the case: its version is known before something is sent.
  document.addEventListener("submit", (event) => { if (event.target.matches("form[data-part]")) setTimeout(ask, 400); });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
    else if (said.case && !left) send("away", true);
  });
  window.addEventListener("pagehide", () => { left = true; if (said.case) send("gone", true); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { left = false; ask(); } });

  // --- What was just sent can be taken back while its mail is held ------------------------------------------------
  for (const undo of document.querySelectorAll("[data-undo]")) {
    const button = undo.querySelector("button");
    const words = button.firstChild.textContent;
    const ends = Number(undo.dataset.undo) * 1000;
    const tick = () => {
      const seconds = Math.ceil((ends - Date.now() - skew) / 1000);
      if (seconds <= 0) { undo.remove(); return; }
      button.firstChild.textContent = words.replace(/\d+/, seconds);
      setTimeout(tick, 250);
    };
    tick();
  }
  ask();
})();
