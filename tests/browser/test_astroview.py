"""AstroView beside the grid: one selection, the keyboard, colours, sizes and small screens."""

import re
from typing import Literal

import numpy as np
import pytest
from cdshealpix.nested import healpix_to_lonlat
from playwright.sync_api import Page, expect

from archive.models import Observation
from tests.browser.conftest import CENTRE, RING
from tests.browser.test_search_pages import axe_violations
from tests.factories import make_observation
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

#: The middle of cell 101 of order 3, degrees.
HEALPIX_101 = tuple(float(angle.deg[0]) for angle in healpix_to_lonlat(np.array([101], np.uint64), 3))


def test_a_click_selects_the_smallest_and_more_clicks_go_through_the_others(
    page: Page, stacked: dict[str, Observation]
) -> None:
    sky = Sky.of(page, RING)

    def see_selected(*names: str) -> None:
        for name in names:
            expect(page.locator(f"#selection input[name=obsid][value='{stacked[name].obsid}']")).to_be_checked()
        expect(page.locator("#selection input.tick:checked[name=obsid]")).to_have_count(len(names))

    for expected in ("small", "middle", "large", "small"):
        sky.point_at(CENTRE[0], CENTRE[1], click=True)
        see_selected(expected)
    expect(page.locator("#selected-count")).to_have_text("1 selected")
    sky.point_at(CENTRE[0], CENTRE[1] - 0.1, click=True)
    see_selected("beside", "small")
    x, y = sky.pixel_of(CENTRE[0], CENTRE[1] - 0.12)
    sky.rest()
    assert max(min(sky.colour_at("top", x + d, y + e)[:3]) for d in range(-6, 7) for e in (-1, 0, 1)) > 200, "not white"


def test_a_tick_leaves_the_sky_where_it_is(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    before = page.locator("[data-sky=stage]").bounding_box()
    sky.point_at(CENTRE[0], CENTRE[1], click=True)
    expect(page.locator("#estimate")).not_to_be_empty()
    assert page.locator("[data-sky=stage]").bounding_box() == before


def test_hovering_lights_row_and_footprint_both_ways(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    row = page.locator(f"tr[data-obsid='{stacked['middle'].obsid}']")
    row.hover()
    sky.rest()
    x, y = sky.pixel_of(CENTRE[0], CENTRE[1] + 0.02)
    assert sky.colour_at("top", x, y)[3] > 60, "the footprint is not filled"
    sky.point_at(CENTRE[0], CENTRE[1] - 0.1)
    expect(page.locator(f"tr[data-obsid='{stacked['beside'].obsid}']")).to_have_class(re.compile("lit"))
    expect(row).not_to_have_class(re.compile("lit"))
    expect(page.locator("[data-sky=label]")).to_contain_text("beside")


def test_the_keyboard_selects_what_is_lit_on_the_sky_and_no_row_that_is_not_on_it(
    page: Page, stacked: dict[str, Observation]
) -> None:
    nowhere = make_observation(obs_id="nowhere", s_region="", s_ra=None, s_dec=None, hpx=None)
    Sky.of(page, "/search/?obs_collection=JWST")
    page.locator(f"tr[data-obsid='{nowhere.obsid}']").hover()
    page.get_by_role("application").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#selected-count")).to_have_text("0 selected")
    page.locator(f"tr[data-obsid='{stacked['middle'].obsid}']").hover()
    page.keyboard.press("Enter")
    expect(page.locator("#selected-count")).to_have_text("1 selected")


def test_the_keyboard_walks_through_the_footprints(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    page.get_by_role("application").focus()
    page.keyboard.press("n")
    expect(page.locator("#announcement")).to_contain_text("row 1; 1 of 4 in view")
    page.keyboard.press("Enter")
    expect(page.locator("#selected-count")).to_have_text("1 selected")
    before = sky.view
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    sky.rest()
    assert sky.view["fov"] < before["fov"]
    assert sky.view["ra"] != before["ra"]
    page.keyboard.press("Home")
    assert sky.rest().view["fov"] == pytest.approx(before["fov"], rel=1e-3)


def test_hundreds_of_observations_of_hundreds_of_parts_are_drawn(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    ra, dec = CENTRE
    corners = [(0.0, 0.0), (1e-4, 0.0), (1e-4, 1e-4), (0.0, 1e-4)]
    shutters = [
        [number for x, y in corners for number in (ra + 1e-3 * (n % 20) + x, dec + 1e-3 * (n // 20) + y)]
        for n in range(200)
    ]
    shape = {"m": "JWST", "s": "public", "t": "shutters", "c": None, "p": shutters, "o": []}
    sky.ask("sky.setFootprints(Array.from({ length: 700 }, (_, n) => ({ ...given, id: `msa-${n}` })))", shape)
    sky.rest().point_at(ra + 0.01, dec + 0.005)
    expect(page.locator("[data-sky=label]")).to_have_text("shutters")


def test_the_view_stays_while_the_rows_change(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING).look(283.4, 33.05, 0.4)
    page.get_by_role("checkbox", name=re.compile("Planned")).check()
    expect(page.locator("#count")).to_have_text("1")
    assert sky.rest().view["fov"] == pytest.approx(0.4)
    assert sky.ask("sky.own.footprints.size") == 1
    page.locator("#pane-sky [data-do-fold]").click()
    page.locator("#pane-sky [data-unfold]").click()
    assert sky.rest().view["fov"] == pytest.approx(0.4)


def test_each_open_tab_has_its_colour_and_a_chosen_one_stays(page: Page, stacked: dict[str, Observation]) -> None:
    Sky.of(page, f"/search/?q={CENTRE[0]}+{CENTRE[1]}+r%3D1m")
    sky = Sky.of(page, RING)
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_role("combobox", name=re.compile("^Footprints of")).select_option("tabs")
    first, second = sky.rest().ask("sky.sets.map(({ colour }) => colour)")
    assert first
    assert second
    assert first != second
    legend = page.get_by_role("list", name="Footprints by colour").get_by_role("listitem")
    expect(legend).to_have_text(["this search", re.compile("18 53 35")])
    page.get_by_label("Colour of this search").fill("#ff8800")
    page.reload()
    assert Sky(page).rest().ask("sky.own.colour") == "#ff8800"


def test_on_a_small_screen_what_was_picked_is_told_and_leads_to_the_list(
    page: Page, stacked: dict[str, Observation]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sky = Sky.of(page, RING)
    page.get_by_role("tab", name="Sky").click()
    sky.rest().look(*CENTRE, 0.4).point_at(*CENTRE, click=True)
    way = page.get_by_role("button", name="Show in list")
    expect(way).to_be_in_viewport(ratio=1)
    card = page.locator("[data-sky=card]").bounding_box()
    assert card
    for name in ("Zoom in", "Zoom out", "Fit the results", "Full screen", "Settings of the sky"):
        button = page.get_by_role("button", name=name).bounding_box()
        assert button
        assert button["y"] + button["height"] <= card["y"], f"the card lies on {name}"
    assert (
        page.locator("[data-sky=card]").evaluate("card => getComputedStyle(card).backgroundColor") != "rgba(0, 0, 0, 0)"
    )
    way.click()
    expect(page.locator(f"tr[data-obsid='{stacked['small'].obsid}']")).to_be_in_viewport()


#: Settled once its promise resolves: whoever listens only then may have missed it.
DRAW_THE_RESULTS_ANEW = """async () => {
  const settled = new Promise((done, fail) => {
    document.addEventListener("htmx:afterSettle", done, { once: true });
    setTimeout(() => fail(new Error("the results did not settle")), 30000);
  });
  await htmx.ajax("GET", location.href, { source: "#results", target: "#results", swap: "outerHTML" });
  await settled;
}"""


def test_who_works_on_the_sky_by_keyboard_stays_there_while_the_rows_change(
    page: Page, stacked: dict[str, Observation]
) -> None:
    Sky.of(page, RING)
    page.get_by_role("application").focus()
    page.evaluate(DRAW_THE_RESULTS_ANEW)
    expect(page.get_by_role("application")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_legend_says_what_the_shades_of_cells_mean(
    page: Page, stacked: dict[str, Observation], scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    sky = Sky.of(page, RING)
    legend = page.get_by_role("list", name="Footprints by colour")
    expect(legend).not_to_contain_text("in a cell")
    sky.ask("[sky.setCoverage({ order: 3, cells: [[100, 2], [101, 1234]] }), sky.tell('rows', null)]")
    expect(legend.get_by_role("listitem").last).to_have_text("few: 2  many: 1,234 in a cell")
    shades = [float(shade) for shade in legend.locator(".shade").evaluate_all("all => all.map((s) => s.style.opacity)")]
    drawn = sky.rest().look(HEALPIX_101[0], HEALPIX_101[1], 5.0).colour_at("base", 100, 100)
    assert len(shades) == 5
    assert shades == sorted(shades)
    assert drawn[3] == pytest.approx(255 * shades[-1], abs=3)
    page.get_by_role("button", name="None").click()
    expect(legend).not_to_contain_text("in a cell")


def test_a_pane_that_grows_tells_its_field(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING).look(283.4, 33.05, 1.0)
    expect(page.locator("#pane-sky noscript")).to_be_hidden()
    field = page.locator("[data-sky=field]")
    expect(field).to_contain_text("1° ×")
    before = sky.view["width"]
    page.get_by_role("separator", name="Width of the sky").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(field).to_contain_text(f"{1.0 * (before + 160) / before:.2g}° ×")  # a size is told in the frame after
    assert sky.rest().view["width"] == before + 160


def test_another_screen_with_finer_pixels_is_drawn_as_finely(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    screen = {"width": 0, "height": 0, "deviceScaleFactor": 2, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", screen)
    expect(page.locator("[data-sky=base]")).to_have_attribute("width", f"{2 * sky.view['width']:.0f}")


def test_the_label_stays_in_the_pane(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    view, stage = sky.view, page.locator("[data-sky=stage]").bounding_box()
    assert stage
    for x, y in [(0.02, 0.3), (0.98, 0.3), (0.5, 0.97), (0.98, 0.97)]:
        sky.ask(
            "sky.tell('hover', given)",
            {"id": "", "text": f"{'long ' * 30}\nsecond", "x": x * view["width"], "y": y * view["height"]},
        )
        label = page.locator("[data-sky=label]").bounding_box()
        assert label
        assert stage["x"] <= label["x"]
        assert label["x"] + label["width"] <= stage["x"] + stage["width"]
        assert stage["y"] <= label["y"]
        assert label["y"] + label["height"] <= stage["y"] + stage["height"]


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_the_sky(page: Page, stacked: dict[str, Observation], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    Sky.of(page, RING)
    if width < 768:
        page.get_by_role("tab", name="Sky").click()
    Sky(page).rest()
    page.get_by_role("button", name="Settings of the sky").click()
    assert axe_violations(page) == []
