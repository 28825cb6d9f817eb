// From the sky to the pixels of the pane: stereographic (FITS "STG"), east to the left of north. It keeps shapes, shows
// circles as circles, and its inverse is one formula.
import { axes, normalised, position, RADIAN, vector } from "./sphere.js";

// Deg across the pane.
const WIDEST = 180;
const NARROWEST = 1 / 3600;

// What lies further than this from the centre is not drawn (1 + cosine of the angle).
const HORIZON = 0.12;

export class View {
  // ra, dec: of the centre, deg, ICRS; fov: width of the pane, deg; roll: position angle of "up", deg; pixels.
  constructor(ra, dec, fov, width, height, roll = 0) {
    this.ra = ((ra % 360) + 360) % 360;
    this.dec = Math.max(-90, Math.min(90, dec));
    this.fov = Math.max(NARROWEST, Math.min(WIDEST, fov));
    this.width = width;
    this.height = height;
    this.roll = roll;
    this.scale = width / (4 * Math.tan((this.fov * RADIAN) / 4)); // pixels a radian at the centre
    this.centre = vector(this.ra, this.dec);
    const { east, north } = axes(this.ra, this.dec);
    const [c, s] = [Math.cos(roll * RADIAN), Math.sin(roll * RADIAN)];
    this.up = north.map((value, i) => value * c + east[i] * s);
    this.left = east.map((value, i) => value * c - north[i] * s);
  }

  with(change) {
    const { ra, dec, fov, width, height, roll } = { ...this, ...change };
    return new View(ra, dec, fov, width, height, roll);
  }

  // Pixels of a unit vector; null for what lies behind.
  project(v) {
    const depth = 1 + this.centre[0] * v[0] + this.centre[1] * v[1] + this.centre[2] * v[2];
    if (depth < HORIZON) return null;
    const k = (2 * this.scale) / depth;
    return [
      this.width / 2 - k * (this.left[0] * v[0] + this.left[1] * v[1] + this.left[2] * v[2]),
      this.height / 2 - k * (this.up[0] * v[0] + this.up[1] * v[1] + this.up[2] * v[2]),
    ];
  }

  pixelOf(ra, dec) {
    return this.project(vector(ra, dec));
  }

  // Writes the pixels of vertices ``from`` to ``to`` of a flat array of vectors; the number of those in front.
  projectAll(vertices, from, to, pixels) {
    const { centre: n, left: l, up: u } = this;
    const [x0, y0, scale] = [this.width / 2, this.height / 2, 2 * this.scale];
    let out = 0;
    for (let i = from * 3; i < to * 3; i += 3) {
      const [x, y, z] = [vertices[i], vertices[i + 1], vertices[i + 2]];
      const depth = 1 + n[0] * x + n[1] * y + n[2] * z;
      if (depth < HORIZON) continue;
      const k = scale / depth;
      pixels[out] = x0 - k * (l[0] * x + l[1] * y + l[2] * z);
      pixels[out + 1] = y0 - k * (u[0] * x + u[1] * y + u[2] * z);
      out += 2;
    }
    return out / 2;
  }

  // The unit vector at a pixel.
  vectorAt(x, y) {
    const east = (this.width / 2 - x) / this.scale;
    const north = (this.height / 2 - y) / this.scale;
    const reach = Math.hypot(east, north);
    if (reach < 1e-15) return this.centre;
    const away = 2 * Math.atan(reach / 2);
    const [c, s] = [Math.cos(away), Math.sin(away) / reach];
    return normalised([0, 1, 2].map((i) => this.centre[i] * c + (this.left[i] * east + this.up[i] * north) * s));
  }

  // RA and Dec, deg, at a pixel.
  at(x, y) {
    return position(this.vectorAt(x, y));
  }

  // Centre and radius in pixels of a circle on the sky (unit vector, radians); null when it reaches behind.
  circle(centre, radius) {
    const away = this.centre[0] * centre[0] + this.centre[1] * centre[1] + this.centre[2] * centre[2];
    const depth = away + Math.cos(radius);
    if (depth < HORIZON) return null;
    const k = (2 * this.scale) / depth;
    return [
      this.width / 2 - k * (this.left[0] * centre[0] + this.left[1] * centre[1] + this.left[2] * centre[2]),
      this.height / 2 - k * (this.up[0] * centre[0] + this.up[1] * centre[1] + this.up[2] * centre[2]),
      k * Math.sin(radius),
    ];
  }

  // Radians from the centre to the furthest corner.
  get reach() {
    return 2 * Math.atan(Math.hypot(this.width, this.height) / 4 / this.scale);
  }

  // Height of the pane, deg.
  get fovHigh() {
    return (4 * Math.atan(this.height / 4 / this.scale)) / RADIAN;
  }

  // How many pixels an angle (deg) takes across the centre, half of it on each side.
  lengthOf(deg) {
    return 4 * Math.tan((deg * RADIAN) / 4) * this.scale;
  }

  // The view after what was at one pixel has been brought to another; north stays where it is.
  dragged(fromX, fromY, toX, toY) {
    const moved = this.at(this.width / 2 + fromX - toX, this.height / 2 + fromY - toY);
    return this.with(moved);
  }

  // The view with another field and the same place under a pixel.
  zoomed(factor, x = this.width / 2, y = this.height / 2) {
    const before = this.vectorAt(x, y);
    let view = this.with({ fov: this.fov * factor });
    for (let i = 0; i < 3; i += 1) {
      const now = view.project(before);
      if (!now) break;
      view = view.dragged(now[0], now[1], x, y);
    }
    return view;
  }
}
