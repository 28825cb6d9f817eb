// On a small screen, where the grid is another pane: the row that was picked on the sky, and the way to it.
import { rowOf } from "./grid.js";

export function card(sky) {
  const place = sky.part("card");
  let id = "";
  sky.addEventListener("select", ({ detail }) => {
    const shape = detail.on && sky.shapeOf(detail.id);
    id = shape ? detail.id : "";
    place.hidden = !shape;
    if (!shape) return;
    const [name, ...rest] = shape.t.split("\n");
    place.className = `sky-card state-${shape.s}`;
    place.querySelector("strong").textContent = name;
    place.querySelector("span").textContent = rest.join(" · ");
  });
  place.querySelector("button").addEventListener("click", () => {
    window.showPane("results");
    rowOf(id)?.scrollIntoView({ block: "center" });
  });
}
