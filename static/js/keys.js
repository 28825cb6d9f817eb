// The keyboard: "/" searches, "g b" the basket, arrows walk the rows, space ticks, "a" adds, Enter opens, "?" lists the keys.
(() => {
  let wentTo = 0;

  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);

  function walk(step) {
    const all = rows();
    if (!all.length) return false;
    const here = all.indexOf(document.activeElement.closest("[data-row]"));
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
    for (const row of all) row.tabIndex = -1;
    all[next].tabIndex = 0;
    all[next].focus();
    return true;
  }

  function goTo(name) {
    const address = document.body.dataset[name];
    const link = [...document.links].find((other) => other.getAttribute("href") === address);
    if (link) link.click(); // which waits for what was just chosen
    else location.href = address;
  }

  function onRow(row, key) {
    const box = row.querySelector("input.tick");
    if (key === " " && box) {
      box.click();
      return true;
    }
    const link = row.querySelector("a[data-details]");
    if (key === "Enter" && link) {
      link.click();
      return true;
    }
    return false;
  }

  function answer(event) {
    const { key } = event;
    if (key === "/") {
      const box = document.getElementById("q");
      if (!box) goTo("home");
      else {
        box.focus();
        box.select();
      }
      return true;
    }
    if (key === "?") {
      document.getElementById("keys").showModal();
      return true;
    }
    const since = event.timeStamp - wentTo;
    if (since < 1500 && (key === "b" || key === "h")) {
      wentTo = 0;
      goTo(key === "b" ? "basket" : "home");
      return true;
    }
    if (key === "g") {
      wentTo = event.timeStamp;
      return true;
    }
    const add = document.querySelector("#add:not([disabled])");
    if (key === "a" && add) {
      add.click();
      return true;
    }
    const row = document.activeElement.matches("[data-row]") && document.activeElement;
    const inRows = document.activeElement === document.body || (document.activeElement.closest("[data-row], #main") && !document.activeElement.closest("#drawer"));
    if (key === "ArrowDown" && inRows) return walk(1);
    if (key === "ArrowUp" && inRows) return walk(-1);
    return row ? onRow(row, key) : false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]:not(#drawer), .dropdown-menu.show")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (answer(event)) event.preventDefault();
  });
})();
