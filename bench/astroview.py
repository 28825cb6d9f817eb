"""The sky beside the grid in a browser that draws by software: panning, hovering, and how soon many results are seen.

On the portal's own server and web process: 1,000 and 3,000 footprints in one place, and a mission of about 50,000 rows.
Before the synthetic sky of the data folder where `make_sky` has made it, else on plain ground.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from mastportal.embedded.postgres import Postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROWS = int(os.environ.get("BENCH_ROWS", "77000"))
ROUNDS = 5
SETTLED_MS = 3000


def main() -> int:
    own_sky = Path(os.environ.get("PORTAL_HOME", "var")).resolve() / "hips"
    with (
        tempfile.TemporaryDirectory(prefix="bench-astroview-", ignore_cleanup_errors=True) as home,
        Postgres(Path(home), durable=False).running() as server,
    ):
        if own_sky.is_dir():
            (Path(home) / "hips").symlink_to(own_sky)
        own = {"DATABASE_URL": server.url, "PORTAL_HOME": home, "DJANGO_SETTINGS_MODULE": "mastportal.settings"}
        os.environ |= own | {"SECRET_KEY": "of-a-benchmark-that-nobody-else-can-reach-at-all"}
        run(server.url, Path(home))
    return 0


def run(url: str, home: Path) -> None:
    import django

    django.setup()  # only now: the settings read the address of the server above
    from django.core.management import call_command

    from bench.astroview_rows import fill_places
    from bench.search_rows import fill

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    with psycopg.connect(url, autocommit=True) as peer:
        fill(peer, ROWS)
        fill_places(peer, first=ROWS + 1)
        with portal(home) as address:
            measure(address, peer)


@contextmanager
def portal(home: Path) -> Iterator[str]:
    from mastportal.launcher import commands
    from tests.services.processes import Process, accepts, free_port

    port = free_port()
    web = Process(commands.web(f"127.0.0.1:{port}", home, workers=1), home / "web.log", {"PORT": str(port)})
    try:
        web.wait_for(lambda: accepts(port), "an open web port")
        yield f"http://127.0.0.1:{port}"
    finally:
        web.stop()


def measure(address: str, peer: psycopg.Connection) -> None:
    from bench.astroview_rows import PLACES
    from tests.services.browser import SOFTWARE, chromium

    with chromium(*SOFTWARE) as browser:
        for place in PLACES:
            move(browser, address, place)
        for words, is_fragment in (("a new page", False), ("a search in the page", True)):
            for state, change in (("since the holdings changed", CHANGE), ("asked for again", NO_CHANGE)):
                times = []
                for _ in range(ROUNDS):
                    peer.execute(change)
                    times.append(coverage(browser, address, is_fragment))
                tell(f"50,000 results, {words}, {state}", times)


def tell(what: str, times: list[tuple[float, float]]) -> None:
    rows, cells = (statistics.median(column) / 1000 for column in zip(*times, strict=True))
    slowest = max(cells for _, cells in times) / 1000
    print(f"{what}: rows {rows:.2f} s, coverage {cells:.2f} s, at most {slowest:.2f} s", flush=True)


def move(browser: "Browser", address: str, place: tuple[float, float]) -> None:
    """Frames a second while the view is dragged, and the time from a move of the pointer to the label and the light."""
    from tests.services.browser import new_context
    from tests.services.sky import Sky

    page = new_context(browser, address).new_page()
    ra, dec = place
    sky = Sky.of(page, f"/search/?q={ra}+{dec}+r%3D2.5d&size=100").look(ra, dec, 4.0)
    ground = "plain ground" if sky.ask("sky.engine.isPlain") else "the synthetic sky"
    frames = [statistics.median(page.evaluate(PAN)) for _ in range(ROUNDS)]
    sky.rest()
    answers = sorted(answer for _ in range(ROUNDS) for answer in page.evaluate(HOVER))
    print(
        f"{sky.ask('sky.own.footprints.size'):,} footprints, 4° wide, on {ground}: "
        f"{1000 / statistics.median(frames):.1f} frames/s (slowest round {1000 / max(frames):.1f}), "
        f"hover in {statistics.median(answers):.1f} ms (95 %: {answers[len(answers) * 95 // 100]:.1f} ms)",
        flush=True,
    )
    page.context.close()


def coverage(browser: "Browser", address: str, is_fragment: bool) -> tuple[float, float]:
    """Milliseconds until the rows, and until the coverage, are painted."""
    from tests.services.browser import new_context
    from tests.services.sky import Sky

    page = new_context(browser, address).new_page()
    page.add_init_script(WATCH)
    page.wait_for_timeout(SETTLED_MS)  # a window that has just been opened draws itself first
    if is_fragment:
        sky = Sky.of(page, "/search/?obs_collection=TESS&instrument_name=nothing&size=100")
        page.wait_for_timeout(SETTLED_MS)
        page.evaluate("(address) => watchFor(address)", MANY)
    else:
        sky = Sky.of(page, MANY)
    sky.rest()
    while not (times := page.evaluate("window.times")):
        page.wait_for_timeout(50)
    page.context.close()
    return times[0], times[1]


#: A statement after which no answer that the portal keeps holds, and one after which all do.
CHANGE = "UPDATE archive_observation SET obs_id = obs_id WHERE false"
NO_CHANGE = "SELECT"

MANY = "/search/?obs_collection=JWST&size=100"

PAN = """() => new Promise((done) => {
  const stage = document.querySelector("[data-sky=stage]");
  const box = stage.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const tell = (name, dx, buttons) => {
    const at = { clientX: x + dx, clientY: y + dx / 2 };
    stage.dispatchEvent(new PointerEvent(name, { ...at, pointerId: 1, buttons, bubbles: true }));
  };
  stage.setPointerCapture = () => {};
  tell("pointerdown", 0, 1);
  const frames = [];
  let [last, n] = [performance.now(), 0];
  const step = (now) => {
    frames.push(now - last);
    last = now;
    n += 1;
    tell("pointermove", 60 * Math.sin(n / 5), 1);
    if (n < 40) requestAnimationFrame(step);
    else {
      tell("pointerup", 0, 0);
      done(frames.slice(3));
    }
  };
  requestAnimationFrame(step);
})"""

# from the event to the frame after the one that paints it
HOVER = """async () => {
  const stage = document.querySelector("[data-sky=stage]");
  const box = stage.getBoundingClientRect();
  const answers = [];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  for (let n = 0; n < 20; n += 1) {
    await frame();
    await frame();
    const started = performance.now();
    const [x, y] = [box.left + box.width * (0.3 + 0.02 * n), box.top + box.height * (0.35 + 0.3 * ((n * 7) % 20) / 20)];
    stage.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, pointerId: 1, bubbles: true }));
    await painted();
    answers.push(performance.now() - started);
  }
  return answers;
}"""

WATCH = """{
  // a frame begins once the one before it, with what was drawn in it, has been handed on
  const watch = (from) => {
    let rows = 0;
    let drawn = false;
    let watched = null;
    const look = () => {
      const coverage = document.getElementById("astroview")?.astroview?.sky?.coverage;
      if (!rows && document.querySelector("tr[data-obsid]")) rows = performance.now();
      if (coverage && coverage !== watched) {
        const draw = coverage.drawCounts;
        coverage.drawCounts = (...how) => {
          draw.apply(coverage, how);
          drawn = true;
        };
        watched = coverage;
      }
      if (drawn) window.times = [rows - from, performance.now() - from];
      else requestAnimationFrame(look);
    };
    look();
  };
  window.watchFor = (address) => {
    watch(performance.now());
    htmx.ajax("GET", address, { source: "#results", target: "#results", swap: "outerHTML" });
  };
  if (location.search.includes("obs_collection=JWST")) watch(0);
}"""


if __name__ == "__main__":
    sys.exit(main())
