// The synthetic sky while it is being drawn, after the first start of a portal: how far it is, and that it can be shown.
const REST = 5000; // ms between two questions
const PATIENCE = 24; // questions without a new tile, after which nobody seems to draw

export function watchDrawing(sky, ready) {
  const address = sky.root.dataset.drawing;
  if (!address) return;
  const line = sky.part("drawing");
  let last = -1;
  let left = PATIENCE;
  const ask = async () => {
    const { done, total } = await told(address, last);
    left = done === last ? left - 1 : PATIENCE;
    last = done;
    const isDone = total > 0 && done >= total;
    line.hidden = isDone || left <= 0 || total === 0;
    line.textContent = `Synthetic sky: ${Math.floor((100 * done) / (total || 1))} % drawn`;
    if (isDone) ready(address.replace(/\/progress\.json$/, ""));
    else if (left > 0) setTimeout(ask, REST);
  };
  ask();
}

// A question that was not answered tells nothing new.
async function told(address, last) {
  try {
    const answer = await fetch(address);
    if (answer.ok) return await answer.json();
  } catch {
    // Asked again.
  }
  return { done: last, total: 0 };
}
