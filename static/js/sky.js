// The sky pane and the grid show one thing: hovering a row lights its footprint and the other way round, a click selects.
(() => {
  const sky = () => document.getElementById("sky");
  const shapeOf = (obsid) => document.querySelector(`.footprint[data-obsid="${obsid}"]`);
  const rowOf = (obsid) => document.querySelector(`tr[data-obsid="${obsid}"]`);
  let position = null; // of the last selected footprint, deg

  function light(obsid, on) {
    shapeOf(obsid)?.classList.toggle("lit", on);
    rowOf(obsid)?.classList.toggle("lit", on);
  }

  for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(name, (event) => {
      const thing = event.target.closest?.("tr[data-obsid], .footprint[data-obsid]");
      if (!thing) return;
      light(thing.dataset.obsid, on);
      if (thing.matches(".footprint")) label(on ? thing : null, event);
    });
  }

  // a label beside the pointer
  function label(shape, event) {
    const place = document.getElementById("sky-label");
    if (!place) return;
    place.hidden = !shape;
    if (!shape) return;
    const lines = shape.querySelector("title").textContent.split("\n");
    place.replaceChildren(...lines.map((text, i) => {
      const line = document.createElement("p");
      line.textContent = text;
      if (i === 1) line.className = "secondary";
      return line;
    }));
    const frame = sky().getBoundingClientRect();
    const left = Math.min(event.clientX - frame.left + 12, frame.width - place.offsetWidth - 8);
    const below = event.clientY - frame.top + 14;
    place.style.left = `${Math.max(8, left)}px`;
    place.style.top = `${below + place.offsetHeight > frame.height ? below - place.offsetHeight - 24 : below}px`;
  }

  // a click on a footprint ticks its row
  document.addEventListener("click", (event) => {
    const shape = event.target.closest(".footprint[data-obsid]");
    const box = shape && rowOf(shape.dataset.obsid)?.querySelector("input.tick");
    if (box) {
      position = place(event);
      box.click();
      rowOf(shape.dataset.obsid).scrollIntoView({ block: "nearest" });
      showPlaces();
    }
    const choice = event.target.closest("[data-footprints]");
    if (choice) show(choice.dataset.footprints);
  });

  function show(which) {
    for (const button of document.querySelectorAll("[data-footprints]")) {
      button.setAttribute("aria-pressed", String(button.dataset.footprints === which));
    }
    sky().classList.toggle("show-selected", which === "selected");
    sky().classList.toggle("show-none", which === "none");
  }

  document.addEventListener("row-ticked", (event) => {
    const shape = shapeOf(event.detail.obsid);
    if (!shape) return;
    shape.classList.toggle("selected", event.detail.on);
    if (event.detail.on) shape.parentNode.append(shape); // drawn last, so on top
  });

  document.addEventListener("show-on-sky", (event) => {
    const shape = shapeOf(event.detail.obsid);
    if (!shape) return;
    shape.parentNode.append(shape);
    shape.classList.add("lit");
    setTimeout(() => shape.classList.remove("lit"), 2500);
  });

  // the position under the pointer: the tangent plane backwards
  function place(event) {
    const svg = sky()?.querySelector("svg.chart");
    const matrix = svg?.getScreenCTM();
    if (!matrix) return null;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const { width, height } = svg.viewBox.baseVal;
    const scale = Number(svg.dataset.pxPerRadian);
    const xi = (width / 2 - at.x) / scale;
    const eta = (height / 2 - at.y) / scale;
    const ra0 = (Number(svg.dataset.ra) * Math.PI) / 180;
    const dec0 = (Number(svg.dataset.dec) * Math.PI) / 180;
    const depth = Math.cos(dec0) - eta * Math.sin(dec0);
    const ra = ra0 + Math.atan2(xi, depth);
    const dec = Math.atan2(Math.sin(dec0) + eta * Math.cos(dec0), Math.hypot(xi, depth));
    return { ra: (((ra * 180) / Math.PI) % 360 + 360) % 360, dec: (dec * 180) / Math.PI };
  }

  const two = (number) => String(number).padStart(2, "0");

  function words({ ra, dec }) {
    const sign = dec < 0 ? "-" : "+";
    if (document.documentElement.classList.contains("degrees")) {
      return `${ra.toFixed(5)} ${sign}${Math.abs(dec).toFixed(5)}`;
    }
    const hundredths = Math.round(ra * 24000) % 8640000;
    const tenths = Math.round(Math.abs(dec) * 36000);
    const time = `${two(Math.floor(hundredths / 360000))} ${two(Math.floor(hundredths / 6000) % 60)} ${((hundredths % 6000) / 100).toFixed(2).padStart(5, "0")}`;
    return `${time} ${sign}${two(Math.floor(tenths / 36000))} ${two(Math.floor(tenths / 600) % 60)} ${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
  }

  let pointer = null;

  function showPlaces() {
    const cursor = document.getElementById("sky-cursor");
    const svg = sky()?.querySelector("svg.chart");
    if (!cursor || !svg) return;
    cursor.textContent = words(pointer || { ra: Number(svg.dataset.ra), dec: Number(svg.dataset.dec) });
    const line = document.querySelector(".sky-place .position");
    line.hidden = !position;
    if (position) document.getElementById("sky-position").textContent = words(position);
  }

  document.addEventListener("pointermove", (event) => {
    if (!event.target.closest?.("#sky")) return;
    pointer = place(event);
    showPlaces();
  });
  document.addEventListener("positions-changed", showPlaces);
  document.addEventListener("DOMContentLoaded", () => {
    // The label above says the same at once; the browser's own would come late on top of it.
    showPlaces();
  });
  document.addEventListener("htmx:afterSwap", () => {
    pointer = position = null;
    showPlaces();
  });
})();
