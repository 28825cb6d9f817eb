// The view in the address, sky=ra,dec,fov (deg), once somebody has moved it: a link shows the same sky, and so does the way
// back or forward.
const REST = 400; // ms; browsers refuse an address that changes with every frame

export function viewOfAddress() {
  const told = new URLSearchParams(location.search).get("sky");
  const [ra, dec, fov] = (told || "").split(",").map(Number);
  return told && [ra, dec, fov].every(Number.isFinite) && Math.abs(dec) <= 90 && fov > 0 ? { ra, dec, fov } : null;
}

export function keepInAddress(sky) {
  let timer = 0;
  const stage = sky.root;
  let moved = Boolean(viewOfAddress());
  const move = () => {
    moved = true;
  };
  for (const name of ["pointerdown", "wheel", "keydown"]) stage.addEventListener(name, move, { passive: true });
  for (const name of ["show-on-sky", "overlay-on-sky"]) document.addEventListener(name, move); // of a row
  const write = () => {
    if (!moved || !stage.isConnected) return;
    const { ra, dec, fov } = sky.view;
    const address = new URL(location.href);
    const rest = address.search.slice(1).split("&").filter((part) => part && !part.startsWith("sky="));
    const digits = Math.max(2, Math.min(7, Math.ceil(3 - Math.log10(fov))));
    rest.push(`sky=${Number(ra.toFixed(digits))},${Number(dec.toFixed(digits))},${Number(fov.toPrecision(4))}`);
    address.search = rest.join("&");
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(write, REST);
  };
  sky.addEventListener("view", later);
  document.addEventListener("htmx:pushedIntoHistory", later);
  document.addEventListener("search-stays", later);
  // what is still to be written is of the place that is left
  window.addEventListener("popstate", () => clearTimeout(timer), { capture: true });
  document.addEventListener("htmx:historyRestore", () => {
    const kept = viewOfAddress();
    if (!kept) {
      later();
      return;
    }
    moved = true;
    sky.isArriving = false; // another size of the pane fits the results no more
    sky.goTo(kept.ra, kept.dec, kept.fov, false);
  });
}
