// Advanced Search: every change is sent; lists narrow while typing; handles and pickers write into the boxes.
(() => {
  const SERVER_DELAY_MS = 300;
  // Such a text may become a criterion: it is sent when it is confirmed, not while it is typed.
  const SIGNS = /[*%!<>≤≥",]|\.\./;

  const form = () => document.getElementById("advanced");
  const send = (delay) => form() && window.choices.choose(form(), delay);

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.closest("#advanced") || box.id === "named") return;
    if (box.matches(".picker")) pick(box);
    send();
  });

  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (event.key !== "Enter" || !box.matches("#advanced input") || event.isComposing) return;
    event.preventDefault();
    if (box.id !== "named") send(0);
  });

  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.id === "named") narrowColumns(box.value);
    else if (box.matches("[data-narrow]")) narrowValues(box);
    else if (box.matches(".handle")) slide(box);
  });

  // Lists -------------------------------------------------------------------------------------------------------------

  function narrowColumns(text) {
    for (const line of document.querySelectorAll(".column-list li")) {
      line.hidden = !line.dataset.label.includes(text.trim().toLowerCase());
    }
  }

  function narrowValues(box) {
    const text = box.value.trim().toLowerCase();
    if (SIGNS.test(text)) return;
    for (const line of box.closest("fieldset").querySelectorAll(".choice:not(.expression)")) {
      const words = line.querySelector(".cut").textContent.toLowerCase();
      line.hidden = !words.includes(text) && !line.querySelector("input").checked;
    }
    if (box.dataset.narrow === "server") send(SERVER_DELAY_MS);
  }

  // Ranges ------------------------------------------------------------------------------------------------------------

  const edge = (list, place) => document.getElementById(list).options[place].value;

  // A handle cannot pass the other; at the end of the axis its box is empty.
  function slide(handle) {
    const range = handle.closest(".histogram");
    const name = range.dataset.range;
    const low = document.getElementById(`low-${name}`);
    const high = document.getElementById(`high-${name}`);
    const last = Number(range.dataset.last);
    if (handle === low) low.value = Math.min(Number(low.value), Number(high.value) - 1);
    else high.value = Math.max(Number(high.value), Number(low.value) + 1);
    const place = Number(handle.value);
    const isLow = handle.dataset.end === "low";
    const open = place === (isLow ? 0 : last);
    document.getElementById(`${isLow ? "from" : "to"}-${name}`).value = open ? "" : edge(`edges-${name}`, place);
    handle.setAttribute("aria-valuetext", edge(`spoken-${name}`, place));
    shade(range, Number(low.value), Number(high.value), last);
  }

  function shade(range, low, high, last) {
    const band = range.querySelector(".shade");
    band.setAttribute("x", `${(low / last) * 100}%`);
    band.setAttribute("width", `${((high - low) / last) * 100}%`);
    for (const bar of range.querySelectorAll(".column-bar")) {
      const place = Math.floor((parseFloat(bar.getAttribute("x")) / 100) * last);
      bar.classList.toggle("inside", low <= place && place < high);
    }
  }

  function pick(picker) {
    document.getElementById(picker.dataset.picks).value = picker.value.replace("T", " ");
  }

  // The form is replaced: what is being typed, what is scrolled and which help is open stays. ---------------------------

  const SCROLLED = ".cards-pane, .column-list ul, .choices";
  let kept = null;
  let putOff = false;

  document.addEventListener("let-go", () => {
    if (putOff && !window.choices.isDue) send(0);
    putOff = false;
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "advanced") return;
    if (window.choices.isDue || window.isPressed(form())) {
      putOff = !window.choices.isDue;
      event.detail.shouldSwap = false; // it would take away what was just chosen, or what a hand holds
      return;
    }
    unanswered = [];
    const box = document.activeElement;
    kept = {
      box: box && box.matches("#advanced input:not([type=checkbox], [type=range])") ? box.id : "",
      text: box && box.value,
      scrolls: [...document.querySelectorAll(SCROLLED)].map((part) => [part.id || part.className, part.scrollTop]),
      open: [...document.querySelectorAll(".card-help[open]")].map((help) => help.id),
    };
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!kept || !form()) return;
    window.announce(form().dataset.announce);
    for (const part of document.querySelectorAll(SCROLLED)) {
      const before = kept.scrolls.find(([name]) => name === (part.id || part.className));
      if (before) part.scrollTop = before[1];
    }
    for (const id of kept.open) document.getElementById(id)?.setAttribute("open", "");
    restoreTyped();
    narrowColumns(document.getElementById("named").value);
    kept = null;
  });

  // Text typed since the request went out; a box whose text was sent shows what the server made of it.
  function restoreTyped() {
    const box = kept.box && document.getElementById(kept.box);
    if (box && kept.text !== sentText(kept.box)) {
      box.value = kept.text;
      if (box.matches("[data-narrow]")) narrowValues(box);
    }
  }

  // Buttons whose answers have not come: the form is as before them, so the next request repeats them.
  let unanswered = [];

  function press({ parameters, triggeringEvent }) {
    putOff = false; // everything that was chosen is on its way
    // htmx sends along the button that has the focus; one that was only reached by Tab did nothing.
    const pressed = triggeringEvent?.type === "changed" ? undefined : parameters.do;
    if (pressed && pressed !== unanswered.at(-1)) unanswered.push(pressed);
    if (unanswered.length) parameters.do = unanswered;
    else delete parameters.do;
  }
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failure, (event) => {
      if (event.detail.target?.id === "advanced") unanswered = [];
    });
  }

  let sent = new Map();
  const sentText = (id) => sent.get(id);

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "advanced") return;
    press(event.detail);
    sent = new Map([...document.querySelectorAll("#advanced input[id]")].map((box) => [box.id, box.value]));
  });
})();
