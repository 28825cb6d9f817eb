// Ticks of a list or a cross-match, on one page.
(() => {
  const boxes = () => [...document.querySelectorAll("#ticks tbody input.tick")];

  function count() {
    const all = boxes();
    const here = all.filter((box) => box.checked).length;
    for (const box of all) box.closest("tr").classList.toggle("selected", box.checked);
    const place = document.getElementById("ticked-count");
    if (place) place.textContent = `${here} selected`;
    const head = document.querySelector("[data-tick-page]");
    if (head) {
      head.checked = here > 0 && here === all.length;
      head.indeterminate = here > 0 && here < all.length;
    }
    const rows = document.querySelector("select[name=rows]");
    if (rows) rows.value = here > 0 ? "selected" : "all";
    return `${here} selected`;
  }

  function tickAll(on) {
    for (const box of boxes()) box.checked = on(box);
    window.announce(count());
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-page]")) {
      const on = event.target.checked;
      tickAll(() => on);
    } else if (event.target.matches("#ticks tbody input.tick")) window.announce(count());
  });

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-tick]");
    if (!choice) return;
    const ways = { all: () => true, none: () => false, invert: (box) => !box.checked };
    tickAll(ways[choice.dataset.tick]);
  });

  // a row and its mark on the sky light up together
  function light(event, on) {
    const place = event.target.closest && event.target.closest("[data-obsid]");
    if (!place) return;
    for (const each of document.querySelectorAll(`[data-obsid="${place.dataset.obsid}"]`)) each.classList.toggle("lit", on);
  }
  document.addEventListener("mouseover", (event) => light(event, true));
  document.addEventListener("mouseout", (event) => light(event, false));
  document.addEventListener("DOMContentLoaded", count);
})();
