// The sky view: layers over one view of the sky. What it shows is set from outside; what people do comes out as events
//   hover {id, text, state, x, y}   pointer, position {ra, dec}   view {ra, dec, fov}   walk {shape, words}
//   select {id, on or toggle, key: of its set}   regionselect {stcs, radius and at, size, or corners}   problem, solved text
// so that the engine behind it, and the grid beside it, can be exchanged.
import { contextOf } from "./canvas.js";
import { Cells } from "./cells.js";
import { Engine } from "./engine.js";
import { Footprints } from "./footprints.js";
import { fit } from "./fit.js";
import { drawLabels, drawLines, graticule } from "./graticule.js";
import { Painter } from "./paint.js";
import { pick } from "./pick.js";
import { View } from "./projection.js";
import { drawSearched, outlinesOf } from "./searched.js";
import { angle, between, position, RADIAN, vector } from "./sphere.js";

const FLIGHT = 260; // ms
const MISSIONS = { JWST: "jwst", HST: "hst", HLA: "hla", TESS: "tess", K2: "k2" };
const LISTED = "target list"; // of no mission: rows of an uploaded list, in the colour of their crosses
const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export class AstroView extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    this.part = (name) => root.querySelector(`[data-sky="${name}"]`);
    this.sky = this.part("sky");
    this.engine = new Engine(this.part("picture"), root.dataset.engine);
    this.layers = ["base", "top"].map((name) => contextOf(this.part(name)));
    this.painters = this.layers.map((context) => new Painter(context));
    this.sets = [{ key: "own", footprints: new Footprints([]), colour: "" }];
    this.mode = "all";
    this.frame = "icrs";
    this.selected = new Set();
    this.hovered = "";
    this.sources = [];
    this.searched = []; // outlines of what was searched: the circle of a cone, regions
    this.coverage = this.moc = this.picture = this.circle = this.position = this.draft = null;
    this.waiting = 0; // what else must end before the view is idle: fetches, a starting engine
    this.pending = 0; // the frame that is asked for; it draws the lower layer, too, when that is stale
    this.stale = this.moved = false; // moved: the view is still to be told
    this.flight = null;
    this.flying = false;
    this.sized = false; // not as long as the pane has been folded
    this.home = this.isArriving = false; // whether the view is to hold the results, and for now in any size of the pane
    this.view = new View(0, 0, 60, 300, 300);
    this.colours = this.readColours();
    new ResizeObserver(() => this.resize()).observe(this.sky);
    this.resize();
    this.watchRatio();
  }

  // What is shown ---------------------------------------------------------------------------------------------------

  get own() {
    return this.sets[0];
  }

  setSurvey(base, options) {
    return this.during(this.engine.show(base, options)).finally(() => {
      this.engine.shown = null;
      this.redraw();
    });
  }

  setFootprints(shapes, { key = "own", colour = "" } = {}) {
    const set = this.sets.find((one) => one.key === key);
    const footprints = new Footprints(shapes);
    if (set) Object.assign(set, { footprints, colour: colour || set.colour });
    else this.sets.push({ key, footprints, colour });
    this.redraw();
  }

  keepSets(keys) {
    this.sets = this.sets.filter((set) => set.key === "own" || keys.includes(set.key));
    this.redraw();
  }

  setColour(key, colour) {
    this.sets.find((set) => set.key === key).colour = colour;
    this.redraw();
  }

  setCoverage(coverage) {
    this.coverage = coverage && Cells.ofCoverage(coverage);
    this.redraw();
  }

  setMoc(moc) {
    this.moc = moc && Cells.ofMoc(moc);
    this.redraw();
  }

  // list: of {id, ra, dec, t: label}, deg, ICRS.
  setSources(list) {
    this.sources = list.map((source) => ({ ...source, at: vector(source.ra, source.dec) }));
    this.redraw();
  }

  // circle: of a search around a position; regions: {p} or {o}, of one by regions.
  setSearched(circle, regions) {
    const around = circle ? [{ o: [circle.ra, circle.dec, circle.radius] }] : [];
    this.set({ circle, searched: outlinesOf([...around, ...regions]) });
  }

  set(change) {
    Object.assign(this, change);
    this.redraw();
  }

  // What is picked out ----------------------------------------------------------------------------------------------

  highlight(id) {
    if (this.hovered === id) return;
    this.hovered = id;
    this.redraw(false);
  }

  select(ids) {
    this.selected = new Set(ids);
    this.redraw(this.mode === "selected");
  }

  // Whether anything of a row lies on the sky.
  has(id) {
    const lies = ({ footprints }) => footprints.place.has(id) && footprints.isOnSky(footprints.place.get(id));
    return this.sources.some((source) => source.id === id) || this.sets.some(lies);
  }

  shapeOf(id) {
    const set = this.sets.find((one) => one.footprints.place.has(id));
    return set ? set.footprints.shapes[set.footprints.place.get(id)] : null;
  }

  isShown(id) {
    return this.mode === "all" || (this.mode === "selected" && this.selected.has(id));
  }

  // Shapes under a pixel, the smallest first, those of the own search before others.
  under(x, y, touch) {
    const shown = (id) => this.isShown(id);
    return this.sets.flatMap(({ key, footprints }) =>
      pick(footprints, this.view, x, y, shown, touch).map((i) => ({ key, shape: footprints.shapes[i] })),
    );
  }

  sourceUnder(x, y) {
    return this.sources.find(({ id, at }) => {
      if (!this.isShown(id)) return false;
      const pixel = this.view.project(at);
      return pixel && Math.hypot(pixel[0] - x, pixel[1] - y) < 7;
    });
  }

  // Where it looks --------------------------------------------------------------------------------------------------

  look(view) {
    this.view = view;
    this.redraw();
    this.moved = true;
  }

  goTo(ra, dec, fov = this.view.fov, animate = true) {
    const to = this.view.with({ ra, dec, fov });
    const flight = {};
    this.flight = flight; // one that is under way ends
    this.flying = false;
    if (!animate || still()) {
      this.look(to);
      return;
    }
    const from = this.view;
    const apart = angle(from.centre, to.centre);
    const start = performance.now();
    this.flying = true;
    const step = (now) => {
      if (this.flight !== flight) return;
      const share = Math.min(1, Math.max(0, (now - start) / FLIGHT));
      const eased = share * share * (3 - 2 * share);
      const at = apart > 1e-9 ? position(between(from.centre, to.centre, eased)) : to;
      this.look(share < 1 ? this.view.with({ ra: at.ra, dec: at.dec, fov: from.fov * (to.fov / from.fov) ** eased }) : to);
      this.flying = share < 1;
      if (this.flying) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  // Centre and field that hold what is there.
  fitted() {
    return fit(this.own.footprints, this.sources, this.circle, this.view, this.searched);
  }

  fit(animate = true) {
    const { ra, dec, fov } = this.fitted();
    this.goTo(ra, dec, fov, animate);
  }

  focus(id) {
    const set = this.sets.find((one) => one.footprints.place.has(id));
    if (!set) return;
    const i = set.footprints.place.get(id);
    const centre = set.footprints.centre[i];
    if (!centre) return;
    const { ra, dec } = position(centre);
    const wide = (set.footprints.reach[i] / RADIAN) * 2 || 0.02;
    this.goTo(ra, dec, Math.min(90, wide * Math.max(2.2, (2.2 * this.view.width) / this.view.height)));
    this.highlight(id);
  }

  // A window that is moved to another screen keeps its size, not its pixels.
  watchRatio() {
    const same = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    same.addEventListener("change", () => {
      this.resize();
      this.watchRatio();
    }, { once: true });
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.sky;
    if (!width || !height) return; // folded: the view is kept
    const ratio = window.devicePixelRatio || 1;
    for (const { canvas } of this.layers) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.ratio = ratio;
    const isFirst = !this.sized;
    this.sized = true;
    this.view = isFirst ? this.view.with({ width, height }) : this.view.with({ width, height, fov: this.view.fov * (width / this.view.width) });
    // the results came while the pane was folded, or with another size of it
    if ((isFirst && this.home) || this.isArriving) this.fit(false);
    this.moved = true; // another part of the sky is in view
    this.redraw();
  }

  // Drawing ---------------------------------------------------------------------------------------------------------

  redraw(base = true) {
    this.stale ||= base;
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.draw();
    });
  }

  draw() {
    if (this.stale) {
      this.stale = false;
      this.drawBase();
      this.engine.follow(this.view);
    }
    this.drawTop();
    if (!this.moved) return;
    this.moved = false;
    const { ra, dec, fov } = this.view;
    this.tell("view", { ra, dec, fov });
  }

  cleared(context) {
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.view.width, this.view.height);
    return context;
  }

  drawBase() {
    const context = this.cleared(this.layers[0]);
    const { view, colours } = this;
    this.picture?.draw(context, view);
    this.moc?.drawArea(context, view, colours.moc);
    const lines = graticule(view, this.frame);
    drawLines(context, lines, colours);
    if (this.coverage && this.mode === "all") this.coverage.drawCounts(context, view, this.own.colour || colours.coverage);
    drawSearched(context, view, this.searched, colours.text2);
    for (const set of [...this.sets].reverse()) {
      this.painters[0].all(set.footprints, view, (shape) => this.colourOf(set, shape), (id) => this.isShown(id));
    }
    context.strokeStyle = colours.source;
    context.lineWidth = 1.4;
    for (const { id, at } of this.sources) if (this.isShown(id)) cross(context, view.project(at), 5);
    drawLabels(context, view, lines, colours);
  }

  drawTop() {
    const context = this.cleared(this.layers[1]);
    const { view, colours } = this;
    const painter = this.painters[1];
    for (const set of this.sets) {
      if (this.mode === "none") break;
      for (const id of this.selected) {
        const i = set.footprints.place.get(id);
        if (i !== undefined) painter.one(set.footprints, i, view, { colour: colours.selected, width: 2 });
      }
    }
    if (this.mode !== "none") this.drawSelectedSources(context);
    if (this.hovered) this.drawHovered(painter, context);
    context.setLineDash([]);
    if (this.position) {
      context.strokeStyle = colours.position;
      context.lineWidth = 1.4;
      cross(context, view.pixelOf(this.position.ra, this.position.dec), 7, 3);
    }
    this.draft?.draw(context, view, colours);
  }

  drawSelectedSources(context) {
    context.setLineDash([]);
    context.strokeStyle = this.colours.selected;
    context.lineWidth = 2;
    for (const { id, at } of this.sources) if (this.selected.has(id)) cross(context, this.view.project(at), 7);
  }

  drawHovered(painter, context) {
    const source = this.sources.find((one) => one.id === this.hovered);
    if (source) {
      context.setLineDash([]);
      context.strokeStyle = this.colours.selected;
      context.lineWidth = 2.6;
      cross(context, this.view.project(source.at), 9);
    }
    const set = this.sets.find((one) => one.footprints.place.has(this.hovered));
    if (!set) return;
    const i = set.footprints.place.get(this.hovered);
    const own = this.colourOf(set, set.footprints.shapes[i]);
    const colour = this.selected.has(this.hovered) ? this.colours.selected : own;
    painter.one(set.footprints, i, this.view, { colour, width: 2.6, fill: `color-mix(in srgb, ${own} 35%, transparent)` });
  }

  colourOf(set, shape) {
    if (shape.m === LISTED) return set.colour || this.colours.source;
    return set.colour || this.colours.missions[MISSIONS[shape.m] || "hlsp"];
  }

  readColours() {
    const style = getComputedStyle(this.root);
    const token = (name) => style.getPropertyValue(name).trim();
    const missions = Object.fromEntries([...Object.values(MISSIONS), "hlsp"].map((name) => [name, token(`--s-${name}`)]));
    return {
      missions, background: token("--s-bg"), grid: token("--s-grid"), text2: token("--s-text-2"),
      selected: token("--s-selected"), cursor: token("--s-cursor"), position: token("--s-position"),
      moc: token("--s-k2"), coverage: token("--s-hst"), source: token("--s-cursor"), font: style.fontFamily,
    };
  }

  // Around it -------------------------------------------------------------------------------------------------------

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  during(promise) {
    this.waiting += 1;
    return promise.finally(() => {
      this.waiting -= 1;
    });
  }

  isIdle() {
    return !this.pending && !this.flying && !this.waiting;
  }
}

function cross(context, pixel, arm, gap = 0) {
  if (!pixel) return;
  const [x, y] = pixel;
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(x + gap * dx, y + gap * dy);
    context.lineTo(x + arm * dx, y + arm * dy);
  }
  context.stroke();
}
