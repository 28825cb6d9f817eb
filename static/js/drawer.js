// The details of a row in a drawer beside the grid. It stands in the address as #details=<obsid>, so that reload, back and
// a link show it again; the page of the observation is what it shows.
(() => {
  const drawer = () => document.getElementById("drawer");
  const NAMED = /^#details=(\d{1,19})$/;
  const narrow = window.matchMedia("(max-width: 767.98px)");
  const place = () => location.pathname + location.search;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const rowOf = (obsid) => rows().find((row) => row.dataset.obsid === obsid);
  const named = () => NAMED.exec(location.hash)?.[1] || "";

  let shown = ""; // the obsid in the drawer
  // the search, wherever its sky looks
  const search = () => `${location.pathname}?${location.search.slice(1).split("&").filter((part) => !part.startsWith("sky=")).join("&")}`;
  let standing = search(); // that the page shows

  // the drawer itself -----------------------------------------------------------------------------------------------------

  function stand() {
    const panes = document.querySelector(".panes")?.getBoundingClientRect();
    if (!panes) return;
    drawer().style.setProperty("--drawer-top", `${Math.max(0, panes.top)}px`);
    drawer().style.setProperty("--drawer-bottom", `${Math.max(0, window.innerHeight - panes.bottom)}px`);
  }

  // On a small screen the drawer is a sheet over everything, and nothing under it can be reached.
  function cover() {
    const covers = drawer().open && narrow.matches;
    for (const under of document.querySelectorAll(".site-header, .site-footer, main > :not(#drawer)")) under.inert = covers;
  }

  function mark() {
    const all = rows();
    const here = all.findIndex((row) => row.dataset.obsid === shown);
    for (const row of all) row.classList.toggle("opened", shown !== "" && row.dataset.obsid === shown);
    if (here >= 0) all[here].scrollIntoView({ block: "nearest", inline: "nearest" });
    const number = here < 0 ? 0 : Number(all[here].getAttribute("aria-rowindex")) - 1;
    document.getElementById("drawer-place").textContent = number ? `Row ${number.toLocaleString("en")}` : "Not on this page";
    for (const button of drawer().querySelectorAll("[data-drawer-step]")) {
      button.disabled = !all[here + Number(button.dataset.drawerStep)] || here < 0;
    }
  }

  function open(obsid) {
    const focus = drawer().contains(document.activeElement) ? document.activeElement : null;
    shown = obsid;
    stand();
    if (!drawer().open) drawer().show();
    cover();
    const address = `/observations/${obsid}/`;
    document.getElementById("drawer-page").href = address;
    mark();
    htmx.ajax("GET", address, { source: drawer(), target: "#drawer-body", swap: "innerHTML" }).then(() => {
      if (shown !== obsid) return;
      document.getElementById("drawer-body").scrollTop = 0;
      const keeps = focus?.matches("[data-drawer-step]") && !focus.disabled;
      (keeps ? focus : document.getElementById("drawer-title"))?.focus();
      window.announce(`Details of ${document.getElementById("drawer-title")?.textContent || obsid}`);
    });
  }

  function shut() {
    if (!drawer()?.open) return;
    const row = rowOf(shown);
    shown = "";
    drawer().close();
    cover();
    document.getElementById("drawer-body").replaceChildren();
    mark();
    if (!row) return;
    for (const other of rows()) other.tabIndex = other === row ? 0 : -1;
    row.focus();
  }

  // What the address says is what is open.
  function follow() {
    if (!drawer()) return;
    const obsid = named();
    if (!obsid) shut();
    else if (obsid !== shown || !drawer().open) open(obsid);
  }

  // the address -----------------------------------------------------------------------------------------------------------

  function call(obsid) {
    const state = { htmx: true, drawer: true };
    const address = `${place()}#details=${obsid}`;
    if (named()) history.replaceState(history.state, "", address);
    else history.pushState(state, "", address);
    follow();
  }

  function leave() {
    if (history.state?.drawer) history.back();
    else {
      history.replaceState(history.state, "", place());
      follow();
    }
  }

  // Going back within one search only opens or shuts; htmx would ask for the whole page again.
  window.addEventListener("popstate", (event) => {
    if (!drawer() || search() !== standing) return;
    event.stopImmediatePropagation();
    follow();
    document.dispatchEvent(new Event("search-stays"));
  });

  // A changed search keeps the drawer.
  document.addEventListener("htmx:pushedIntoHistory", () => {
    standing = search();
    if (shown) history.replaceState(history.state, "", `${place()}#details=${shown}`);
  });
  document.addEventListener("htmx:replacedInHistory", () => (standing = search()));
  document.addEventListener("htmx:historyRestore", () => {
    standing = search();
    shown = "";
    follow();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "results" || !drawer()?.open) return;
    stand();
    cover();
    mark();
  });

  // what opens, steps and closes ------------------------------------------------------------------------------------------

  function step(by) {
    const all = rows();
    const here = all.findIndex((row) => row.dataset.obsid === shown);
    const next = here < 0 ? null : all[here + by];
    if (next) call(next.dataset.obsid);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-details], a[data-menu=details]");
    const obsid = link && /\/observations\/(\d+)\/$/.exec(link.href)?.[1];
    if (obsid && drawer() && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      document.getElementById("row-menu")?.hidePopover();
      call(obsid);
      return;
    }
    const stepper = event.target.closest("[data-drawer-step]");
    if (stepper) step(Number(stepper.dataset.drawerStep));
    if (event.target.closest("[data-drawer-close]")) leave();
  });

  document.addEventListener("keydown", (event) => {
    if (!drawer()?.open || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, details[open], [popover]")) return;
    if (document.querySelector("dialog[open]:not(#drawer), .dropdown-menu.show")) return;
    if (event.key === "Escape") leave();
    else if (event.key === "n" || event.key === "p") step(event.key === "n" ? 1 : -1);
    else return;
    event.preventDefault();
  });

  window.addEventListener("resize", () => {
    if (!drawer()?.open) return;
    stand();
    cover();
  });
  document.addEventListener("DOMContentLoaded", follow);
  window.addEventListener("hashchange", follow);
})();
