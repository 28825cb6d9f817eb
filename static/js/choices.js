// No choice is lost by what is done next. A form with data-sends-after sends itself so many milliseconds after its last
// change; from the change to its answer, and while any answer for the rows is on its way, whatever else is asked of the page
// waits (the change is sent at once), and is then asked of the page that came.
(() => {
  const RENEWED = ["results", "advanced"]; // what an answer for the rows replaces
  const LINKS =
    "a[href]:not([href^='#'], [href^='mailto:'], [role=button], [target], [download], [data-details], [data-menu=details])";
  const ROWS_BUTTONS = ["every", "only", "others", "results", "invert-results"].map((name) => `[data-select=${name}]`);
  const ASKS = [LINKS, ...ROWS_BUTTONS].join(", ");

  let timer = 0;
  let due = ""; // the form with a change that was not sent yet
  const asked = new Map(); // the id of what asked, by request
  const waiting = []; // { element, go }, in the order in which they were asked

  // The panel of filters is counted after the rows: until then its links and its hidden fields are those of the rows before.
  const isBehind = (place) => Boolean(due || asked.size || place?.closest("[data-behind]"));
  const isSending = (form) => form.matches("[data-sends-after]");

  // a change -----------------------------------------------------------------------------------------------------------

  function choose(form, delay = Number(form.dataset.sendsAfter)) {
    clearTimeout(timer);
    due = form.id;
    timer = setTimeout(send, delay);
  }

  function stop() {
    clearTimeout(timer);
    timer = 0;
    due = "";
  }

  function send() {
    clearTimeout(timer);
    timer = 0;
    const form = due && document.getElementById(due);
    if (form && [...asked.values()].some((id) => id !== due)) return; // sent when that has been answered
    due = "";
    if (form) htmx.trigger(form, "changed");
  }

  // the answers --------------------------------------------------------------------------------------------------------

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (!RENEWED.includes(detail.target.id)) return;
    asked.set(detail.xhr, detail.elt.id);
    detail.xhr.addEventListener("loadend", () => {
      asked.delete(detail.xhr);
      setTimeout(goOn); // after a request that replaces this one
    });
  });

  function goOn() {
    if (asked.size || timer) return; // the answer, or the form that rests, comes back here
    if (due) send();
    else if (waiting.length && !isBehind(waiting[0].element)) {
      waiting.shift().go();
      setTimeout(goOn);
    }
  }
  document.addEventListener("caught-up", () => setTimeout(goOn));

  // A form with a change that was not sent stays, with the hidden fields of the page that comes.
  let staying = null;

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    staying = detail.shouldSwap && detail.target.id === "results" && due ? document.getElementById(due) : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (staying && !staying.isConnected) bring(staying);
    staying = null;
  });

  // what waits ---------------------------------------------------------------------------------------------------------

  function wait(element, go) {
    waiting.push({ element, go });
    if (due) send();
  }

  const nameOf = (element) => {
    const words = element.getAttribute("aria-label") || element.title || element.textContent.trim();
    return `${element.closest("[data-facet]")?.dataset.facet || ""} ${words}`;
  };
  const isAlike = (one, other) => nameOf(one) === nameOf(other) && one.pathname === other.pathname;

  // What stands for an element on the page that came.
  function counterpart(element) {
    if (element.isConnected) return element;
    if (element.id) return document.getElementById(element.id);
    const alike = [...document.querySelectorAll(element.tagName)].filter((other) => isAlike(element, other));
    return alike.find((other) => other.href === element.href) || alike[0];
  }

  function click(element, shiftKey) {
    const now = counterpart(element);
    const isPlain = element.href && !element.matches("[hx-get], [data-sort]");
    if (now && !now.disabled) again(() => now.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey })));
    else if (isPlain && !now) location.assign(element.href);
    else window.showNotice(`The rows have changed: “${nameOf(element).trim()}” does not apply to them.`);
  }

  const hidden = (form) => [...form.querySelectorAll(":scope > input[type=hidden]")];

  // A form of the page before takes the place of its counterpart, and the hidden fields with it.
  function bring(form) {
    const isSame = (other) => (form.id ? other.id === form.id : other.action === form.action && other.className === form.className);
    const now = [...document.forms].find(isSame);
    if (now) {
      for (const field of hidden(form)) field.remove();
      form.prepend(...hidden(now));
      now.replaceWith(form);
    } else {
      form.hidden = true;
      document.body.append(form);
    }
    htmx.process(form);
  }

  function submit(form, submitter) {
    if (!form.isConnected) bring(form);
    let button = submitter;
    if (submitter && (!submitter.isConnected || submitter.form !== form)) {
      button = submitter.cloneNode();
      for (const name of ["id", "form"]) button.removeAttribute(name);
      button.hidden = true;
      form.append(button);
    }
    again(() => form.requestSubmit(button));
  }

  let isAgain = false;
  function again(act) {
    isAgain = true;
    try {
      act();
    } finally {
      isAgain = false;
    }
  }

  function hold(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // on the window, before everything else that listens
  window.addEventListener("click", (event) => {
    const element = event.target.closest(ASKS);
    const opensElsewhere = event.ctrlKey || event.metaKey || event.button !== 0;
    if (isAgain || !element || opensElsewhere || !isBehind(element)) return;
    const isAsked = waiting.some((other) => other.element === element);
    // who cannot wait for the rows asks again for another page
    if (isAsked && event.detail === 1 && !element.matches("[hx-get], [data-sort], [data-select]")) return;
    hold(event);
    if (!isAsked && event.detail < 2) wait(element, () => click(element, event.shiftKey));
  }, true);

  window.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    const isOwn = isSending(form);
    if (isOwn && ![...asked.values()].some((id) => id !== form.id)) {
      stop(); // it carries every change
      return;
    }
    if (isAgain || !isBehind(form)) return;
    hold(event);
    if (isOwn) choose(form, 0);
    else if (!waiting.some((other) => other.element === form)) wait(form, () => submit(form, submitter));
  }, true);

  window.addEventListener("change", (event) => {
    const form = event.target.closest("form[hx-trigger^=change]:not([data-sends-after])");
    if (!form || !isBehind(form)) return;
    hold(event);
    if (!waiting.some((other) => other.element === form)) wait(form, () => submit(form, null));
  }, true);

  // The filters' form stands while the rows change: what it has no boxes for is as the page says.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.id !== "filters-form") return;
    const { parameters } = detail;
    const boxes = new Set([...detail.elt.elements].filter((box) => box.name && box.type !== "hidden").map((box) => box.name));
    for (const name of Object.keys(parameters)) if (!boxes.has(name)) delete parameters[name];
    const query = new URLSearchParams(document.getElementById("results").dataset.query);
    for (const name of new Set(query.keys())) {
      if (!boxes.has(name) && name !== "page") parameters[name] = query.getAll(name);
    }
  });

  window.choices = {
    choose,
    stop,
    get isDue() {
      return due !== "";
    },
    /** Do it, once nothing that was chosen is on its way. */
    then(act) {
      if (isBehind(null)) wait(null, act);
      else act();
    },
  };
})();
