// An observation's preview laid on the sky by the corners of its picture.
import { told } from "./answers.js";
import { normalised, vector } from "./sphere.js";

const PATCHES = 6; // a side: straight patches of a picture that the projection bends

class Overlay {
  // corners: ra and dec of the pixels (0, 0), (w, 0), (w, h), (0, h), deg, ICRS.
  constructor(id, image, corners) {
    this.id = id;
    this.image = image;
    this.corners = corners.map(([ra, dec]) => vector(ra, dec));
  }

  static async load(address, id) {
    const { href, corners } = await told(address);
    const image = new Image();
    image.src = href;
    await image.decode().catch(() => {
      throw new Error("The preview cannot be read.");
    });
    return new Overlay(id, image, corners);
  }

  draw(context, view) {
    const { image } = this;
    const [w, h] = [image.naturalWidth, image.naturalHeight];
    context.save();
    context.globalAlpha = 0.9;
    for (let i = 0; i < PATCHES; i += 1) {
      for (let k = 0; k < PATCHES; k += 1) this.patch(context, view, i / PATCHES, k / PATCHES, 1 / PATCHES, w, h);
    }
    context.restore();
  }

  // The unit vector at a share of the picture's width and height.
  at(s, t) {
    const [a, b, c, d] = this.corners;
    return normalised([0, 1, 2].map((i) => (a[i] * (1 - s) + b[i] * s) * (1 - t) + (d[i] * (1 - s) + c[i] * s) * t));
  }

  patch(context, view, s, t, side, w, h) {
    const [a, b, c, d] = [[s, t], [s + side, t], [s + side, t + side], [s, t + side]].map(([p, q]) => view.project(this.at(p, q)));
    if (!a || !b || !c || !d) return;
    this.triangle(context, [a, b, d], [s * w, t * h], side * w, side * h, 1);
    this.triangle(context, [c, d, b], [(s + side) * w, (t + side) * h], side * w, side * h, -1);
  }

  // One half of a patch: an affine map, clipped a little wide so that no seam shows.
  triangle(context, [o, p, q], [x, y], dx, dy, way) {
    const middle = [(o[0] + p[0] + q[0]) / 3, (o[1] + p[1] + q[1]) / 3];
    context.save();
    context.beginPath();
    for (const point of [o, p, q]) {
      const away = Math.hypot(point[0] - middle[0], point[1] - middle[1]) || 1;
      const grown = 1 + 0.8 / away;
      context.lineTo(middle[0] + (point[0] - middle[0]) * grown, middle[1] + (point[1] - middle[1]) * grown);
    }
    context.closePath();
    context.clip();
    const [ax, ay] = [(way * (p[0] - o[0])) / dx, (way * (p[1] - o[1])) / dx];
    const [bx, by] = [(way * (q[0] - o[0])) / dy, (way * (q[1] - o[1])) / dy];
    context.transform(ax, ay, bx, by, o[0] - ax * x - bx * y, o[1] - ay * x - by * y);
    context.drawImage(this.image, 0, 0);
    context.restore();
  }
}

// A row's action: its preview on the sky, or off it again.
export function overlays(sky, rows) {
  let wanted = null; // of several the last, as long as its search is the page's
  document.addEventListener("overlay-on-sky", async ({ detail }) => {
    wanted = detail;
    if (sky.picture?.id === detail.obsid) {
      sky.set({ picture: null });
      return;
    }
    const { name } = rows;
    const isWanted = () => wanted === detail && name === rows.name;
    try {
      const picture = await sky.during(Overlay.load(sky.root.dataset.overlay.replace("/0/", `/${detail.obsid}/`), detail.obsid));
      if (!isWanted()) return;
      sky.set({ picture });
      sky.focus(detail.obsid);
    } catch (error) {
      if (isWanted()) sky.tell("problem", error.message);
    }
  });
}
