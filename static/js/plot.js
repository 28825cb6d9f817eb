// Plots: what stands under the pointer, zooming by a dragged box, and traces that their ticks hide at once.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  // the way from pixels to values and back, from the attributes that the server wrote ---------------------------------

  function axis(text, start, length, upward) {
    const [low, high, kind] = text.split(" ");
    const log = kind === "log";
    const from = log ? Math.log10(Number(low)) : Number(low);
    const to = log ? Math.log10(Number(high)) : Number(high);
    return {
      kind,
      value(pixel) {
        const place = upward ? 1 - (pixel - start) / length : (pixel - start) / length;
        const linear = from + Math.min(1, Math.max(0, place)) * (to - from);
        return log ? 10 ** linear : linear;
      },
    };
  }

  function frameOf(svg) {
    const [left, top, width, height] = svg.dataset.frame.split(" ").map(Number);
    return {
      left, top, width, height,
      x: axis(svg.dataset.x, left, width, false),
      y: axis(svg.dataset.y, top, height, true),
    };
  }

  function pointOf(svg, event) {
    const matrix = svg.getScreenCTM();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return { x: point.x, y: point.y };
  }

  function inside(frame, point) {
    return point.x >= frame.left && point.x <= frame.left + frame.width
      && point.y >= frame.top && point.y <= frame.top + frame.height;
  }

  function said(svg, name, value) {
    const kind = svg.dataset[name].split(" ")[2];
    if (kind === "date") {
      const moment = new Date((value - 40587) * 86400000);
      return Number.isNaN(moment.getTime()) ? `MJD ${value.toFixed(3)}` : `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    }
    const unit = svg.dataset[`${name}Unit`];
    return `${Number(value.toPrecision(6))}${unit ? ` ${unit}` : ""}`;
  }

  // reading: the sample of a shown trace that is nearest ---------------------------------------------------------------

  const samples = new WeakMap();

  function samplesOf(path) {
    if (!samples.has(path)) {
      samples.set(path, [...path.getAttribute("d").matchAll(/[ML]([-\d.]+) ([-\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]));
    }
    return samples.get(path);
  }

  function nearest(svg, point) {
    let best = null;
    for (const path of svg.querySelectorAll(".trace:not(.off) .line")) {
      for (const [x, y] of samplesOf(path)) {
        const away = Math.hypot(x - point.x, (y - point.y) * 0.5);
        if (!best || away < best.away) best = { x, y, away, path };
      }
    }
    return best && best.away < 60 ? best : null;
  }

  function read(svg, point, frame) {
    const place = svg.closest(".plot-area").querySelector("[data-reading]");
    let dot = svg.querySelector(".cursor-dot");
    const found = nearest(svg, point);
    const at = found || point;
    if (!dot) {
      dot = document.createElementNS(SVG, "circle");
      dot.setAttribute("class", "cursor-dot");
      dot.setAttribute("r", "4");
      svg.append(dot);
    }
    dot.setAttribute("cx", at.x);
    dot.setAttribute("cy", at.y);
    dot.toggleAttribute("hidden", !found);
    dot.setAttribute("visibility", found ? "visible" : "hidden");
    const x = said(svg, "x", frame.x.value(at.x));
    const y = said(svg, "y", frame.y.value(at.y));
    place.textContent = `${svg.dataset.xLabel} ${x} · ${svg.dataset.yLabel} ${y}${found ? "" : " (place of the pointer)"}`;
  }

  // dragging a box -----------------------------------------------------------------------------------------------------

  let drag = null;

  function box(from, to) {
    return {
      x: Math.min(from.x, to.x), y: Math.min(from.y, to.y),
      width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y),
    };
  }

  document.addEventListener("pointerdown", (event) => {
    const svg = event.target.closest && event.target.closest("svg[data-plot]");
    if (!svg || svg.dataset.plot === "read" || event.button !== 0 || event.pointerType === "touch") return;
    const frame = frameOf(svg);
    const point = pointOf(svg, event);
    if (!inside(frame, point)) return;
    event.preventDefault();
    const shape = document.createElementNS(SVG, "rect");
    shape.setAttribute("class", "drag-box");
    svg.append(shape);
    svg.setPointerCapture(event.pointerId);
    drag = { svg, frame, from: point, shape, shift: event.shiftKey };
  });

  document.addEventListener("pointermove", (event) => {
    if (drag) {
      const area = box(drag.from, held(drag.frame, pointOf(drag.svg, event)));
      for (const [name, value] of Object.entries(area)) drag.shape.setAttribute(name, value);
      return;
    }
    const svg = event.target.closest && event.target.closest("svg[data-plot]");
    if (!svg) return;
    const frame = frameOf(svg);
    const point = pointOf(svg, event);
    if (inside(frame, point)) read(svg, point, frame);
  });

  function held(frame, point) {
    return {
      x: Math.min(frame.left + frame.width, Math.max(frame.left, point.x)),
      y: Math.min(frame.top + frame.height, Math.max(frame.top, point.y)),
    };
  }

  document.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { svg, frame, from, shape, shift } = drag;
    drag = null;
    const area = box(from, held(frame, pointOf(svg, event)));
    shape.remove();
    if (area.width < 4 || area.height < 4) return;
    const ranges = {
      x: [frame.x.value(area.x), frame.x.value(area.x + area.width)],
      y: [frame.y.value(area.y + area.height), frame.y.value(area.y)],
    };
    const told = new CustomEvent("plot-box", { bubbles: true, cancelable: true, detail: { ranges, shift } });
    if (svg.dispatchEvent(told)) zoom(svg, ranges);
  });

  function formOf(svg) {
    return document.getElementById(svg.closest("[data-plot-form]").dataset.plotForm);
  }

  // As the boxes take a moment; where no calendar reaches, its MJD.
  function utc(mjd) {
    const moment = new Date((mjd - 40587) * 86400000);
    const year = moment.getUTCFullYear();
    return year >= 1 && year <= 9999 ? moment.toISOString().slice(0, 19).replace("T", " ") : String(mjd);
  }

  function zoom(svg, ranges) {
    const form = formOf(svg);
    if (!form) return;
    for (const [name, [low, high]] of Object.entries(ranges)) {
      const boxes = [form.elements[`${name}.from`], form.elements[`${name}.to`]];
      if (!boxes[0]) continue;
      if (svg.dataset[name].split(" ")[2] === "date") {
        boxes[0].value = utc(low);
        boxes[1].value = utc(high);
        continue;
      }
      const digits = Math.min(15, Math.max(5, Math.ceil(Math.log10(Math.abs(high) / Math.abs(high - low) || 1)) + 5));
      boxes[0].value = Number(low.toPrecision(digits));
      boxes[1].value = Number(high.toPrecision(digits));
    }
    form.requestSubmit();
  }

  document.addEventListener("dblclick", (event) => {
    const svg = event.target.closest && event.target.closest("svg[data-plot]");
    if (!svg || svg.dataset.plot === "read") return;
    const form = formOf(svg);
    if (!form) return;
    for (const name of ["x.from", "x.to", "y.from", "y.to"]) if (form.elements[name]) form.elements[name].value = "";
    form.requestSubmit();
  });

  // traces -------------------------------------------------------------------------------------------------------------

  document.addEventListener("change", (event) => {
    const number = event.target.dataset && event.target.dataset.traceTick;
    if (!number) return;
    for (const trace of document.querySelectorAll(`.trace[data-trace="${number}"]`)) trace.classList.toggle("off", !event.target.checked);
    const hide = document.querySelector(`[data-trace-hide="${number}"]`);
    if (hide) hide.checked = !event.target.checked;
    const address = new URL(location.href);
    address.searchParams.delete("hide");
    for (const box of document.querySelectorAll("[data-trace-hide]:checked")) address.searchParams.append("hide", box.value);
    history.replaceState(history.state, "", address);
  });

  // boxes that say nothing do not stand in the address
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".viewer-options")) return;
    for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
    setTimeout(() => { for (const field of event.target.elements) field.disabled = false; }, 500);
  });
})();
