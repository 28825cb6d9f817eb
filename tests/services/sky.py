"""The sky view in a browser: asked through its hook, never waited for by the clock."""

import time
from typing import Any

from playwright.sync_api import Page

#: Long for a machine that draws without a graphics card and has other things to do.
_PATIENCE_S = 60.0
#: The page's policy forbids what `Page.wait_for_function` evaluates, so this side asks.
_INTERVAL_MS = 25


class Sky:
    """The view of a page that has loaded."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def of(cls, page: Page, address: str) -> "Sky":
        """The view of a page that is opened."""
        page.set_default_timeout(_PATIENCE_S * 1000)
        page.goto(address)
        return cls(page).rest()

    def ask(self, script: str, argument: Any = None) -> Any:
        """The value of an expression in which ``sky`` is the view, ``hook`` its hook and ``given`` the argument."""
        return self.page.evaluate(
            "(given) => { const hook = document.getElementById('astroview').astroview; const sky = hook.sky;"
            f" return {script}; }}",
            argument,
        )

    def rest(self) -> "Sky":
        """Once everything has been fetched and drawn."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            if self.page.evaluate("Boolean(document.getElementById('astroview')?.astroview?.isIdle())"):
                return self
            self.page.wait_for_timeout(_INTERVAL_MS)
        raise AssertionError("the sky view does not come to rest")

    def look(self, ra_deg: float, dec_deg: float, fov_deg: float) -> "Sky":
        self.ask("hook.goTo(...given)", [ra_deg, dec_deg, fov_deg])
        return self.rest()

    @property
    def view(self) -> dict[str, float]:
        """``ra``, ``dec``, ``fov`` in degrees; ``width`` and ``height`` in pixels."""
        view: dict[str, float] = self.ask("hook.view()")
        return view

    def pixel_of(self, ra_deg: float, dec_deg: float) -> tuple[float, float]:
        x, y = self.ask("hook.pixelOf(...given)", [ra_deg, dec_deg])
        return float(x), float(y)

    def point_at(self, ra_deg: float, dec_deg: float, *, click: bool = False) -> None:
        """Bring the mouse to a place on the sky."""
        box = self.page.locator("[data-sky=stage]").bounding_box()
        assert box
        x, y = self.pixel_of(ra_deg, dec_deg)
        self.page.mouse.move(box["x"] + x, box["y"] + y)
        if click:
            self.page.mouse.down()
            self.page.mouse.up()

    def colour_at(self, layer: str, x: float, y: float) -> tuple[int, int, int, int]:
        """Red, green, blue and opacity of a pixel of a layer: ``base`` or ``top``."""
        found = self.ask(
            "[...sky.part(given[0]).getContext('2d').getImageData(given[1], given[2], 1, 1).data]", [layer, x, y]
        )
        red, green, blue, opacity = found
        return red, green, blue, opacity

    def opacity_near(self, x: float, y: float, across: int = 1, along: int = 1) -> int:
        """The largest opacity, to 255, of the pixels of the layer ``base`` that lie up to so many pixels from one."""
        box = [int(x) - across, int(y) - along, 2 * across + 1, 2 * along + 1]
        found: int = self.ask(
            "Math.max(...sky.part('base').getContext('2d').getImageData(...given).data.filter((_, k) => k % 4 === 3))",
            box,
        )
        return found
