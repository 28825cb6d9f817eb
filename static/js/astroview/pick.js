// Which footprints lie under a pixel, the smallest first.
import { outlines } from "./outline.js";

const NEAR_MARK = 5; // px
const NEAR_MARK_TOUCH = 16;

let pixels = new Float64Array(64);

export function pick(footprints, view, x, y, shown, touch = false) {
  if (pixels.length < 2 * footprints.longest) pixels = new Float64Array(2 * footprints.longest);
  const at = view.vectorAt(x, y);
  const near = touch ? NEAR_MARK_TOUCH : NEAR_MARK;
  const slack = near / view.scale;
  const found = [];
  for (let i = 0; i < footprints.size; i += 1) {
    const centre = footprints.centre[i];
    if (!centre || !shown(footprints.shapes[i].id)) continue;
    const reach = footprints.reach[i] + slack;
    const chord2 = (at[0] - centre[0]) ** 2 + (at[1] - centre[1]) ** 2 + (at[2] - centre[2]) ** 2;
    if (chord2 > reach * reach) continue;
    if (isUnder(footprints, i, view, x, y, near)) found.push(i);
  }
  return found.sort((a, b) => footprints.area[a] - footprints.area[b] || a - b);
}

function isUnder(footprints, i, view, x, y, near) {
  let under = false;
  outlines(footprints, i, view, pixels, {
    ring: (ring, count) => {
      under ||= isInside(ring, count, x, y);
    },
    circle: (cx, cy, radius) => {
      under ||= Math.hypot(x - cx, y - cy) <= radius;
    },
    mark: (cx, cy) => {
      under ||= Math.hypot(x - cx, y - cy) <= near;
    },
  });
  return under;
}

// Even-odd rule.
function isInside(ring, count, x, y) {
  let inside = false;
  for (let k = 0, l = 2 * count - 2; k < 2 * count; l = k, k += 2) {
    const [ax, ay, bx, by] = [ring[k], ring[k + 1], ring[l], ring[l + 1]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
