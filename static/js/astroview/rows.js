// Which footprints are shown: those of the page, of the whole search, of all open tabs. The page's travel in the page;
// the others are asked of the server, which answers with counts by cell where there are too many.
import { told } from "./answers.js";
import { angle, RADIAN, vector } from "./sphere.js";

const RADIUS_SPARE = 1.2; // a little more than the view, so that a small move asks nothing
const NARROWER = 2.5; // a view so many times as narrow as the one that cells were told for wants finer ones
const NOTHING = { address: "", answer: null, xhr: null };
const LATE = 5000; // ms after which it is said that rows are still to come
const REST = 200; // ms without a move before the server is asked
const OWN_COLOUR = "#62bdf2"; // of this search among the others, until somebody chooses another
const TAB_COLOURS = ["#ffd166", "#ff9f9f", "#b8e986", "#d7b5ff", "#ffb86b", "#7bf2d0", "#f7a8d8", "#e6e6e6"];
const KEY = "sky-colours";

export class Rows {
  constructor(sky) {
    this.sky = sky;
    this.scope = "search";
    this.page = [];
    this.query = ""; // of the search, empty beside a list
    this.source = ""; // the address of all its rows
    this.count = 0;
    this.asked = new Map(); // by address, of what is shown: whole (shapes of the whole sky), or the circle last asked for
    this.troubles = new Map(); // by address: what was said of it
    this.tabs = [];
    this.timer = 0;
    this.name = "";
    this.chosen = colours(); // by search
    this.early = NOTHING; // asked before the page of results was swapped in
    sky.addEventListener("view", () => this.later());
    window.addEventListener("online", () => this.refresh());
  }

  // A new page of results: its shapes, the query that asked for it, the address of all rows, how many they are, the other open tabs.
  show({ shapes, query, source, count, tabs, name }) {
    const isNew = source !== this.source;
    Object.assign(this, { page: shapes, query, source, count, tabs, name });
    this.sky.setColour("own", this.colour);
    if (isNew) this.sky.setCoverage(null);
    this.sky.setFootprints(this.withPage(isNew ? [] : this.found || []));
    if (isNew) this.found = null;
    return this.refresh();
  }

  // Rows that will be wanted with a page of results that is on its way by ``xhr``.
  expect(address, xhr) {
    if (this.scope === "page") return;
    const answer = answerOf(address);
    answer.catch(() => {}); // told by whoever waits for it
    this.early = { address, answer, xhr };
  }

  // The page has come: what was expected with it are the rows of ``source``, if there are more than the page shows.
  settle(xhr, source, isMore) {
    if (!isMore || !source || source === this.source) this.expectNoMore(xhr);
    else if (this.early.xhr === xhr) this.early.address = source;
    else this.expect(source, xhr);
  }

  expectNoMore(xhr) {
    if (this.early.xhr === xhr) this.early = NOTHING;
  }

  address(query) {
    return `${this.sky.root.dataset.rows}?${query}`;
  }

  use(scope) {
    this.scope = scope;
    this.sky.setColour("own", this.colour);
    if (scope === "page") {
      this.found = null;
      this.sky.setCoverage(null);
      this.sky.setFootprints(this.page);
    }
    this.refresh();
  }

  // The page's rows come first: they are there at once, and always.
  withPage(shapes) {
    if (this.scope === "page") return this.page;
    const here = new Set(this.page.map((shape) => shape.id));
    return [...this.page, ...shapes.filter((shape) => !here.has(shape.id))];
  }

  // Of this search: empty for those of its missions.
  get colour() {
    return this.chosen.get(this.name) || (this.scope === "tabs" ? OWN_COLOUR : "");
  }

  // The colour that somebody chose for a search, as long as the browser's tab is open.
  keepColour(colour) {
    this.chosen.set(this.name, colour);
    try {
      sessionStorage.setItem(KEY, JSON.stringify([...this.chosen]));
    } catch {
      // Chosen for this page only.
    }
    this.sky.setColour("own", this.colour);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), REST);
    this.resting = true;
  }

  refresh() {
    clearTimeout(this.timer);
    this.resting = false;
    const tabs = this.scope === "tabs" ? this.tabs : [];
    this.sky.keepSets(tabs.map((tab) => tab.query));
    const wanted = tabs.map((tab, i) => ({ address: this.address(tab.query), title: tab.title, show: (answer) => this.showTab(tab, i, answer) }));
    if (this.scope !== "page" && this.source && this.count > this.page.length) wanted.push({ address: this.source, show: (answer) => this.showOwn(answer) });
    this.drop(wanted.map(({ address }) => address));
    return Promise.all(wanted.map((one) => this.ask(one)));
  }

  // What is not shown any more: its answer, if that is on its way, is of no use, and it is asked for anew when it is wanted again.
  drop(wanted) {
    for (const address of this.asked.keys()) if (!wanted.includes(address)) this.asked.delete(address);
    for (const address of this.troubles.keys()) if (!wanted.includes(address)) this.end(address);
  }

  showOwn(answer) {
    this.found = answer.shapes || [];
    this.sky.setCoverage(answer.coverage || null);
    this.sky.setFootprints(this.withPage(this.found));
    this.sky.tell("rows", answer);
  }

  showTab(tab, i, answer) {
    this.sky.setFootprints(answer.shapes || [], { key: tab.query, colour: TAB_COLOURS[i % TAB_COLOURS.length] });
    this.sky.tell("rows", answer);
  }

  ask(one) {
    const { address } = one;
    const known = this.asked.get(address);
    const { ra, dec, reach } = this.circle();
    if (known?.whole || (known && covers(known, ra, dec, reach) && !(known.isCoverage && reach < known.reach / NARROWER))) return null;
    const wide = known ? Math.min(180, reach * RADIUS_SPARE) : 180;
    const asked = { ra, dec, reach: wide, isCoverage: false };
    this.asked.set(address, asked);
    const at = known ? `&at=${ra.toFixed(5)},${dec.toFixed(5)},${wide.toFixed(5)}` : "";
    return this.sky.during(this.fetched(one, at, asked));
  }

  // What the server tells of all rows at an address, or of those in the circle ``at``.
  async fetched({ address: source, title, show }, at, asked) {
    const isWanted = () => this.asked.get(source) === asked;
    const late = setTimeout(() => isWanted() && this.trouble(source, `The rows of ${title ? `“${title}”` : "other pages"} are still on their way.`), LATE);
    try {
      const address = `${source}${at}`;
      const early = address === this.early.address && this.early.answer;
      if (early) this.early = NOTHING;
      const answer = await (early || answerOf(address));
      if (!isWanted()) return;
      asked.isCoverage = answer.in_view > (answer.shapes || []).length && answer.in_view > answer.limit;
      asked.whole = !at && !asked.isCoverage;
      show(answer);
      this.end(source);
      if (!at && asked.isCoverage) this.later();
    } catch (error) {
      if (!isWanted()) return;
      this.asked.delete(source);
      this.trouble(source, `${this.lacks(title)} ${error.message}`);
    } finally {
      clearTimeout(late);
    }
  }

  // What the sky shows without an answer.
  lacks(title) {
    if (title) return `The sky may not show all rows of “${title}”.`;
    return this.found ? "The sky may not show all rows here." : "The sky shows this page only.";
  }

  // Said once, until it is over.
  trouble(address, words) {
    if (this.troubles.get(address) === words) return;
    this.troubles.set(address, words);
    this.sky.tell("problem", words);
  }

  end(address) {
    this.sky.tell("solved", this.troubles.get(address));
    this.troubles.delete(address);
  }

  // The circle around the view, deg.
  circle() {
    const { ra, dec, reach } = this.sky.view;
    return { ra, dec, reach: reach / RADIAN };
  }

  forget() {
    this.asked.clear();
  }
}

// What the server tells: what `sky-early.js` has read of it beside the page, once, or asked now.
function answerOf(address) {
  const early = window.skyEarly;
  window.skyEarly = null;
  return told(address, early?.address === address ? early.read : null);
}

function colours() {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY)) || []);
  } catch {
    return new Map();
  }
}

// Whether a circle that was asked for holds another.
function covers(known, ra, dec, reach) {
  const apart = angle(vector(known.ra, known.dec), vector(ra, dec)) / RADIAN;
  return known.reach >= 180 || apart + reach <= known.reach;
}
