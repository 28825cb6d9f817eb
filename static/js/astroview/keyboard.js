// The sky by keyboard: arrows pan, + and - zoom, Home fits, n and p walk through the footprints in view, Enter selects.
const PAN = 0.15; // of the pane
const ZOOM = 1.5;
const TURN = 5; // deg

export function listen(sky, tools) {
  const stage = sky.part("stage");
  const pan = (dx, dy) => () => {
    const { width, height } = sky.view;
    const reach = PAN * Math.min(width, height);
    sky.look(sky.view.dragged(width / 2, height / 2, width / 2 + dx * reach, height / 2 + dy * reach));
  };
  const zoom = (factor) => () => sky.look(sky.view.zoomed(factor));
  const turn = (deg) => () => sky.look(sky.view.with({ roll: (sky.view.roll + deg) % 360 }));
  const keys = {
    ArrowLeft: pan(1, 0), ArrowRight: pan(-1, 0), ArrowUp: pan(0, 1), ArrowDown: pan(0, -1),
    "+": zoom(1 / ZOOM), "=": zoom(1 / ZOOM), "-": zoom(ZOOM), _: zoom(ZOOM),
    Home: () => sky.fit(),
    n: () => walk(sky, 1), p: () => walk(sky, -1),
    Enter: () => choose(sky), " ": () => choose(sky),
    "[": turn(TURN), "]": turn(-TURN), 0: () => sky.look(sky.view.with({ roll: 0 })),
    Escape: () => tools.cancel(),
  };
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (!act || (event.key === "Escape" && !tools.name)) return;
    act();
    event.preventDefault();
  });
  stage.addEventListener("blur", () => sky.tell("hover", { id: "" }));
}

// The footprints whose middle is in view, as the grid orders them.
function inView(sky) {
  const { footprints } = sky.own;
  const { width, height } = sky.view;
  return footprints.shapes.filter((shape, i) => {
    if (!footprints.centre[i] || !sky.isShown(shape.id)) return false;
    const pixel = sky.view.project(footprints.centre[i]);
    return pixel && pixel[0] >= 0 && pixel[1] >= 0 && pixel[0] <= width && pixel[1] <= height;
  });
}

function walk(sky, step) {
  const shapes = inView(sky);
  if (!shapes.length) {
    window.announce(sky.mode === "all" ? "No footprint in view" : `No footprint in view; the sky shows ${sky.mode === "none" ? "none" : "selected ones only"}`);
    return;
  }
  const here = shapes.findIndex((shape) => shape.id === sky.hovered);
  const next = here < 0 ? (step > 0 ? 0 : shapes.length - 1) : (here + step + shapes.length) % shapes.length;
  const shape = shapes[next];
  const { footprints } = sky.own;
  const [x, y] = sky.view.project(footprints.centre[footprints.place.get(shape.id)]);
  sky.tell("hover", { id: shape.id, text: shape.t, state: shape.s, x, y });
  sky.tell("walk", { shape, words: `${next + 1} of ${shapes.length} in view` });
}

// What is lit, which a row without a footprint is not.
function choose(sky) {
  const id = sky.hovered;
  if (!sky.has(id) || !sky.isShown(id)) return;
  const { key } = sky.sets.find((set) => set.footprints.place.has(id)) || sky.own;
  sky.tell("select", { id, on: !sky.selected.has(id), key });
}
