// Suggestions below the search box: a combobox with a list box, filled by the server while somebody types.
(() => {
  const PAUSE_MS = 150;
  const box = document.getElementById("q");
  const list = document.getElementById("suggestions");
  const menu = document.getElementById("collection");
  if (!box || !list || !menu) return;
  let timer = 0;
  let asked = null; // what is on its way
  let chosen = -1;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const open = () => !list.hidden;

  function show(on) {
    list.hidden = !on;
    box.setAttribute("aria-expanded", String(on));
    if (!on) mark(-1);
  }

  function mark(index) {
    chosen = index;
    options().forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    const option = options()[index];
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  }

  function cancel() {
    clearTimeout(timer);
    asked?.abort();
    asked = null;
  }

  async function ask() {
    const text = box.value.trim();
    if (text.length < 2) return show(false);
    asked = new AbortController();
    const query = new URLSearchParams({ collection: menu.value, q: box.value.trimStart() });
    try {
      const answer = await fetch(`${box.dataset.suggest}?${query}`, { signal: asked.signal });
      if (!answer.ok) return show(false);
      list.innerHTML = await answer.text();
      mark(-1);
      const number = options().length;
      show(number > 0 && document.activeElement === box);
      if (open()) window.announce(`${number} suggestion${number === 1 ? "" : "s"}`);
    } catch {
      // Stopped for a newer question, or no network: the box works without.
    }
    return undefined;
  }

  function take(option) {
    if (menu.value !== option.dataset.collection) {
      menu.value = option.dataset.collection;
      menu.dispatchEvent(new Event("change", { bubbles: true }));
    }
    box.value = option.dataset.text;
    cancel();
    show(false);
    box.focus();
  }

  box.addEventListener("input", () => {
    cancel();
    timer = setTimeout(ask, PAUSE_MS);
  });

  box.addEventListener("keydown", (event) => {
    const number = options().length;
    if (event.key === "ArrowDown" && !open() && !event.altKey) {
      cancel();
      ask();
      event.preventDefault();
    } else if (!open()) return;
    else if (event.key === "ArrowDown") {
      cancel(); // who chooses wants this list, not one that is on its way
      mark(chosen + 1 < number ? chosen + 1 : -1);
      event.preventDefault();
    } else if (event.key === "ArrowUp") {
      cancel();
      mark(chosen < 0 ? number - 1 : chosen - 1);
      event.preventDefault();
    } else if (event.key === "Escape") {
      cancel();
      show(false);
      event.preventDefault();
    } else if (event.key === "Enter" && chosen >= 0) {
      take(options()[chosen]);
      event.preventDefault();
    } else if (event.key === "Tab" || event.key === "Enter") {
      cancel();
      show(false);
    }
  });

  // The box keeps the keyboard while the pointer chooses.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  box.addEventListener("blur", () => {
    cancel();
    show(false);
  });
  box.form.addEventListener("submit", () => {
    cancel();
    show(false);
  });
})();
