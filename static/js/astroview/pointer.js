// Mouse, pen and touch on the sky: drag pans, wheel and pinch zoom, a click selects, a tool draws a region.
import { counted } from "./words.js";

const CLICK = 4; // px that a hand may shake
const WHEEL = 0.0016;
const SAME_PLACE = 5;

export function listen(sky, tools) {
  const stage = sky.part("stage");
  const pointers = new Map();
  let [start, travelled, pinch] = [null, 0, 0];

  const at = (event) => {
    const frame = stage.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pointers.set(event.pointerId, at(event));
    stage.setPointerCapture(event.pointerId);
    [start, travelled] = [at(event), pointers.size > 1 ? Infinity : 0]; // two fingers do not click
    pinch = pointers.size === 2 ? spread(pointers) : 0;
    if (pointers.size === 1) tools.begin(...start);
    else tools.cancel();
  });

  stage.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      sky.engine.pointed = performance.now();
      hover(sky, stage, x, y);
      return;
    }
    travelled = Math.max(travelled, Math.hypot(x - start[0], y - start[1]));
    pointers.set(event.pointerId, [x, y]);
    if (pointers.size === 2) {
      const wide = spread(pointers);
      const [mx, my] = centre(pointers);
      sky.look(sky.view.zoomed(pinch / wide, mx, my).dragged(before[0], before[1], (before[0] + x) / 2, (before[1] + y) / 2));
      pinch = wide;
    } else if (tools.active) {
      tools.extend(x, y);
    } else if (travelled > CLICK) {
      sky.tell("hover", { id: "" });
      stage.classList.add("dragging");
      sky.look(sky.view.dragged(before[0], before[1], x, y));
    }
  });

  const release = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    stage.classList.remove("dragging");
    if (tools.active && event.type === "pointerup") tools.finish();
    else if (travelled <= CLICK && event.type === "pointerup" && !pointers.size) click(sky, ...at(event), event);
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("pointerleave", () => {
    sky.tell("hover", { id: "" });
    sky.tell("pointer", null);
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode ? 30 : 1;
    const turn = Math.max(-400, Math.min(400, event.deltaY * lines));
    sky.look(sky.view.zoomed(Math.exp(turn * WHEEL), ...at(event)));
  }, { passive: false });
}

const spread = (pointers) => {
  const [[ax, ay], [bx, by]] = pointers.values();
  return Math.max(1, Math.hypot(ax - bx, ay - by));
};

const centre = (pointers) => {
  const [[ax, ay], [bx, by]] = pointers.values();
  return [(ax + bx) / 2, (ay + by) / 2];
};

function hover(sky, stage, x, y) {
  sky.tell("pointer", sky.view.at(x, y));
  const [first] = sky.under(x, y);
  const source = first ? null : sky.sourceUnder(x, y);
  const cell = first || source || sky.mode !== "all" ? null : sky.coverage?.at(sky.view.vectorAt(x, y));
  stage.classList.toggle("over", Boolean(first || source || cell));
  const cellText = cell && `${counted(cell.count, "observation")}\nin this cell; click to look closer`;
  sky.tell("hover", { id: first?.shape.id || source?.id || "", text: first?.shape.t || source?.t || cellText || "", state: first?.shape.s, x, y });
}

// The smallest footprint first; more clicks at the same place go through the others.
let last = { x: -99, y: -99, i: 0, id: "", was: false };

function click(sky, x, y, event) {
  const touch = event.pointerType === "touch";
  const stack = sky.under(x, y, touch);
  sky.set({ position: sky.view.at(x, y) });
  sky.tell("position", sky.position);
  const source = stack.length ? null : sky.sourceUnder(x, y);
  if (source) {
    sky.tell("select", { id: source.id, toggle: true });
    return;
  }
  if (!stack.length) {
    const cell = sky.mode === "all" && sky.coverage?.at(sky.view.vectorAt(x, y));
    if (cell) {
      const { ra, dec } = sky.view.at(x, y);
      sky.goTo(ra, dec, sky.view.fov / 3);
    }
    return;
  }
  const again = Math.hypot(x - last.x, y - last.y) < SAME_PLACE && stack.length > 1;
  const i = again ? (last.i + 1) % stack.length : 0;
  const { key, shape } = stack[i];
  if (again && !last.was && last.id !== shape.id) sky.tell("select", { id: last.id, on: false });
  const was = sky.selected.has(shape.id);
  last = { x, y, i, id: shape.id, was: stack.length > 1 && was };
  sky.tell("select", { id: shape.id, on: stack.length > 1 ? true : !was, key });
}
