// The picture behind the footprints: Aladin Lite where the browser can run it, nothing else but a plain ground otherwise.
// It follows our view and has no say in it, so that it can be missing, slow or exchanged.

const PATIENCE = 8000; // ms that a remote survey has to answer
const SLOW = 40; // ms a frame from which on the picture is moved as a whole while the view moves
const SOON = 2500; // ms in which most tiles come
const LATE_TILES = 30000; // ms after which none is waited for
const REST = 140; // ms without a change of view after which it is drawn anew
const POINTING = 400; // ms after a move of the pointer in which what it points at comes first

const OPTIONS = {
  log: false, samp: false, hipsList: [], projection: "STG", cooFrame: "ICRS", fov: 1, target: "0 0",
  backgroundColor: "rgb(10, 15, 23)", showReticle: false, showZoomControl: false, showFullscreenControl: false,
  showLayersControl: false, showGotoControl: false, showShareControl: false, showSimbadPointerControl: false,
  showCooGrid: false, showCooGridControl: false, showSettingsControl: false, showColorPickerControl: false,
  showFrame: false, showCooLocation: false, showFov: false, showProjectionControl: false, showContextMenu: false,
  showStatusBar: false, showCatalog: false,
};

export class Engine {
  // place: the element to fill; address: of the engine's file, empty when it is not there.
  constructor(place, address) {
    this.place = place;
    this.address = address;
    this.aladin = this.inner = null; // inner: its element
    this.starting = null;
    this.base = "";
    this.shown = null; // the view that the picture was drawn for
    this.times = []; // ms, of its last frames
    this.frameTime = 0; // their median
    this.isMoving = false; // its picture is moved as a whole
    this.timer = 0;
    this.asleep = 0;
    this.asked = performance.now(); // when the view last changed for the engine
    this.drawn = 0; // when the engine last drew
    this.pointed = -Infinity; // when the pointer last moved
    this.wake = () => {};
    this.held = null; // the view to draw once it is let go
  }

  get isPlain() {
    return !this.base;
  }

  // Show a survey; an empty base is the plain ground. Rejects with a reason that a person can read.
  async show(base, { remote = false } = {}) {
    if (!base) {
      this.base = "";
      this.place.hidden = true;
      return;
    }
    this.check();
    // a survey that is not there sets the engine asking servers of its own choice, again and again: the local one may go, too
    await reachable(base, remote ? "The survey cannot be reached." : "The synthetic sky cannot be read.");
    await this.start(base);
    if (this.base !== base) this.aladin.setBaseImageLayer(this.aladin.newImageSurvey(base));
    this.base = base;
    this.place.hidden = false;
  }

  // Whether the engine can start at all, asked before anything is fetched for it.
  check() {
    if (this.aladin) return;
    if (!this.address) throw new Error("The image viewer is not installed.");
    if (!hasWebGL2()) throw new Error("This browser offers no WebGL 2, which images of the sky need.");
  }

  async start(base) {
    if (this.aladin) return;
    this.starting ||= this.load(base).catch((error) => {
      this.starting = null;
      this.place.replaceChildren();
      throw error;
    });
    await this.starting;
  }

  async load(base) {
    const { default: A } = await import(this.address).catch(() => {
      throw new Error("The image viewer could not be loaded.");
    });
    const refuse = (error) => {
      throw new Error(`The image viewer did not start (${error.message || error}).`);
    };
    await A.init.catch(refuse);
    this.place.hidden = false;
    const inner = document.createElement("div");
    inner.className = "sky-picture";
    this.place.replaceChildren(inner);
    try {
      this.aladin = A.aladin(inner, { ...OPTIONS, survey: base });
    } catch (error) {
      refuse(error); // a browser that keeps nothing, for instance
    }
    this.inner = inner;
    this.base = base;
    this.tame();
    for (const part of inner.querySelectorAll("a, button, input, [tabindex]")) part.tabIndex = -1;
  }

  // Until the promise ends nothing is drawn, nor made in another size: what is told of the results comes first.
  async hold(until) {
    if (!this.aladin || this.isPlain || !this.shown || this.held) return;
    const { width, height } = this.shown;
    this.held = this.shown;
    Object.assign(this.inner.style, { width: `${width}px`, height: `${height}px` });
    await until;
    const view = this.held;
    this.held = null;
    Object.assign(this.inner.style, { width: "", height: "", visibility: "" });
    this.follow(view);
  }

  // Called once a frame with the view that is drawn.
  follow(view) {
    if (!this.aladin || this.isPlain) return;
    clearTimeout(this.timer);
    if (this.held) {
      this.held = view;
      if (this.isNear(view)) this.move(view);
      this.inner.style.visibility = this.isNear(view) ? "" : "hidden";
      return;
    }
    if (this.shown && this.frameTime > SLOW && this.isNear(view)) {
      this.move(view);
      this.timer = setTimeout(() => this.draw(view), REST);
    } else {
      this.draw(view);
    }
  }

  isNear(view) {
    const { shown } = this;
    const ratio = shown.fov / view.fov;
    return shown.width === view.width && shown.height === view.height && ratio < 3 && ratio > 0.33 && view.project(shown.centre);
  }

  draw(view) {
    const { aladin } = this;
    this.inner.style.transform = "";
    aladin.gotoRaDec(view.ra, view.dec);
    aladin.setFoV(view.fov);
    aladin.setRotation(view.roll || 1e-9); // it refuses 0
    this.shown = view;
    this.isMoving = false;
    this.asked = performance.now();
    this.drawn = 0;
    this.wake();
  }

  // The picture as it is, shifted and stretched to where it belongs.
  move(view) {
    this.isMoving = true;
    const [x, y] = view.project(this.shown.centre);
    const stretch = view.scale / this.shown.scale;
    const turn = northOf(view, this.shown);
    this.inner.style.transform = `translate(${x - view.width / 2}px, ${y - view.height / 2}px) rotate(${turn}rad) scale(${stretch})`;
  }

  // The engine draws in every frame, whether anything has changed or not. Here it draws while there is something to come,
  // with pauses where a frame takes long, and then sleeps.
  tame() {
    const { view } = this.aladin;
    const draw = view.redrawClbk;
    view.redrawClbk = (time) => {
      const started = performance.now();
      const pause = this.pause(started);
      if (started - this.drawn < pause) {
        this.rest(view, pause);
        return;
      }
      this.drawn = started;
      draw(time);
      requestAnimationFrame(() => this.took(performance.now() - started));
    };
    this.wake = () => {
      if (!this.asleep) return;
      clearTimeout(this.asleep);
      this.asleep = 0;
      requestAnimationFrame(view.redrawClbk);
    };
  }

  // Milliseconds between two frames of the engine: none while tiles come in fast, a second later on, and as good as no
  // frame while something else comes first; nothing more is drawn once the view has long rested.
  pause(now) {
    const since = now - this.asked;
    if (since > LATE_TILES) return Infinity;
    if (this.isMoving || this.held) return LATE_TILES;
    if (since > SOON) return now - this.pointed < POINTING ? LATE_TILES : 1000;
    return this.frameTime > SLOW ? 250 : 0;
  }

  // Looks again within a second, for a pause may have ended by then.
  rest(view, pause) {
    const again = Math.min(pause, LATE_TILES) - (performance.now() - this.drawn);
    this.asleep = setTimeout(() => {
      this.asleep = 0;
      if (pause < Infinity) requestAnimationFrame(view.redrawClbk);
      else this.asleep = -1;
    }, Math.max(50, Math.min(again, 1000)));
  }

  // The median of a few frames, so that one hiccup decides nothing.
  took(time) {
    this.times = [...this.times, time].slice(-5);
    this.frameTime = [...this.times].sort((a, b) => a - b)[Math.floor(this.times.length / 2)];
  }
}

// How far north at the old centre is turned in the new view, radians clockwise.
function northOf(view, shown) {
  const [x, y] = view.project(shown.centre);
  const above = shown.vectorAt(shown.width / 2, shown.height / 2 - 10);
  const tip = view.project(above);
  return tip ? Math.atan2(tip[0] - x, y - tip[1]) : 0;
}

function hasWebGL2() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

// Whether a survey answers; asked before the engine is told of it, which would lose its ground otherwise.
async function reachable(base, refusal) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(`${base}/properties`, { signal: stop.signal, credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) throw new Error();
  } catch {
    throw new Error(refusal);
  } finally {
    clearTimeout(timer);
  }
}
