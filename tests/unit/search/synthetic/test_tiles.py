"""Tiles of the synthetic sky: where their pixels lie, and what is painted there."""

import math

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import Latitude, Longitude, SkyCoord
from cdshealpix.nested import healpix_to_lonlat, lonlat_to_healpix, neighbours

from archive.sky.vectors import unit_vector, unit_vectors
from search.synthetic.deep_sky import read_objects
from search.synthetic.milky_way import brightness
from search.synthetic.render import draw
from search.synthetic.stars import read_stars
from search.synthetic.tile import WIDTH_PX, Tile, pixel_rad, tile_count

#: Of each kind: polar caps, the equatorial belt, across RA 0.
TILES = [(0, 0), (0, 4), (0, 11), (1, 17), (3, 0), (3, 300), (3, 767), (5, 1234)]


def pixel_of(tile_order: int, ra_deg: float, dec_deg: float) -> tuple[int, int, int]:
    """Tile, row and column of a place, by cdshealpix: bits of the cell of order k + 9."""
    cell = int(lonlat_to_healpix(Longitude([ra_deg], units.deg), Latitude([dec_deg], units.deg), tile_order + 9)[0])
    inside = cell % WIDTH_PX**2
    row = sum((inside >> 2 * bit & 1) << bit for bit in range(9))
    column = sum((inside >> 2 * bit + 1 & 1) << bit for bit in range(9))
    return cell // WIDTH_PX**2, row, column


@pytest.mark.parametrize(("order", "number"), TILES)
def test_places_in_a_tile_are_those_of_healpix(order: int, number: int) -> None:
    for x, y in [(0.25, 0.75), (0.001, 0.5), (0.9, 0.99)]:
        lon, lat = healpix_to_lonlat(np.array([number], dtype=np.uint64), order, x, y)
        expected = unit_vectors(lon.to_value(units.deg), lat.to_value(units.deg))[0]
        assert Tile(order, number).at(np.array(x), np.array(y)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("order", "number"), TILES)
def test_rows_count_towards_the_north_east_and_columns_towards_the_north_west(order: int, number: int) -> None:
    tile = Tile(order, number)
    for row, column in [(0, 0), (511, 0), (0, 511), (100, 400)]:
        x, y, z = tile.pixels[row, column].astype(float)
        place = math.degrees(math.atan2(y, x)) % 360, math.degrees(math.asin(z))
        assert pixel_of(order, *place) == (number, row, column)


def test_the_nearest_pixel_is_found_from_inside_and_from_beyond_an_edge() -> None:
    tile = Tile(3, 300)
    drawn = np.random.default_rng(5).integers(0, WIDTH_PX, (300, 2))
    inside = tile.pixels[drawn[:, 0], drawn[:, 1]].astype(float)
    assert (tile.nearest_pixels(inside) == drawn).all()
    next_door = Tile(3, int(neighbours(np.array([300], dtype=np.uint64), 3)[0][5]))
    beyond = next_door.pixels[5:508:50, 0].astype(float)
    edges = tile.nearest_pixels(beyond)
    assert ((edges == 0) | (edges == WIDTH_PX - 1)).any(axis=1).all()


def test_sirius_shines_where_it_stands() -> None:
    """SIMBAD: 06 45 08.9 -16 42 58 (J2000), moving by 1.3 arc-seconds a year."""
    number, row, column = pixel_of(3, 101.2861, -16.7210)
    pixels = draw(3, number)
    assert pixels[row - 2 : row + 3, column - 2 : column + 3].max() == 255
    assert pixels[(row + 150) % 512, (column + 150) % 512].max() < 150


def test_stars_have_their_magnitudes_and_colours() -> None:
    stars = read_stars()
    assert len(stars.magnitude) > 100_000
    assert (np.diff(stars.magnitude) >= 0).all()
    betelgeuse = np.argmin(np.linalg.norm(stars.vectors - unit_vector(88.7929, 7.4071), axis=1))
    rigel = np.argmin(np.linalg.norm(stars.vectors - unit_vector(78.6345, -8.2016), axis=1))
    assert stars.magnitude[[betelgeuse, rigel]] == pytest.approx([0.45, 0.28], abs=0.3)
    red, blue = stars.colour[betelgeuse], stars.colour[rigel]
    assert red[2] / red[0] < 0.8 < blue[0] / blue[2] < 1.0


def test_barnard_s_star_is_drawn_where_it_was_in_2020() -> None:
    """HIP 87937 moves 10.4 arc-seconds a year: 207 from 2000 to 2020, almost due north."""
    stars = read_stars()
    of_2000 = SkyCoord("17h57m48.5s +04d41m36s")
    of_2020 = SkyCoord("17h57m47.4s +04d45m03s")
    off = np.degrees(np.linalg.norm(stars.vectors - unit_vector(of_2020.ra.deg, of_2020.dec.deg), axis=1).min()) * 3600
    was = np.degrees(np.linalg.norm(stars.vectors - unit_vector(of_2000.ra.deg, of_2000.dec.deg), axis=1).min()) * 3600
    assert off < 5
    assert was > 100


def test_the_glow_follows_the_plane_of_the_galaxy_behind_its_dust() -> None:
    places = SkyCoord([0, 0, 180, 0, 0] * units.deg, [0, 5, 0, 90, -90] * units.deg, frame="galactic").icrs
    centre, bulge, away, north, south = brightness(unit_vectors(places.ra.deg, places.dec.deg))
    assert bulge > 1.5 * centre
    assert bulge > away > north
    assert north == pytest.approx(south, abs=1e-6)
    assert north < 0.1


def test_the_andromeda_galaxy_lies_along_its_position_angle() -> None:
    """OpenNGC: 178 x 70 arc-minutes, position angle 35 degrees."""
    andromeda = min(read_objects(), key=lambda found: float(np.linalg.norm(found.centre - unit_vector(10.685, 41.269))))
    along = andromeda.centre + 0.01 * andromeda.major
    ra, dec = (
        math.degrees(math.atan2(along[1], along[0])) % 360,
        math.degrees(math.asin(along[2] / np.linalg.norm(along))),
    )
    angle = SkyCoord(10.685 * units.deg, 41.269 * units.deg).position_angle(SkyCoord(ra * units.deg, dec * units.deg))
    assert angle.deg == pytest.approx(35, abs=1)
    assert math.degrees(andromeda.half_major_rad) == pytest.approx(178 / 120, rel=0.02)


def test_neighbouring_tiles_meet_without_a_seam() -> None:
    """The rows on both sides of an edge differ no more than two rows of one tile do; stars are cut by none."""
    one, other = draw(3, 300).astype(int), None
    edge = Tile(3, 300).pixels[-1].astype(float)
    step = Tile(3, 300).pixels[-1].astype(float) - Tile(3, 300).pixels[-2].astype(float)
    beyond = edge + step
    beyond /= np.linalg.norm(beyond, axis=1, keepdims=True)
    places = [
        pixel_of(3, math.degrees(math.atan2(y, x)) % 360, math.degrees(math.asin(z))) for x, y, z in beyond.tolist()
    ]
    other = draw(3, places[256][0]).astype(int)
    across = [
        abs(one[-1, i] - other[row, column]).max()
        for i, (tile, row, column) in enumerate(places)
        if tile == places[256][0]
    ]
    within = np.abs(one[-1] - one[-2]).max(axis=1)
    assert len(across) > 500
    assert np.percentile(across, 99) <= np.percentile(within, 99) + 12


def test_a_tile_is_the_same_whenever_it_is_drawn() -> None:
    assert (draw(5, 77) == draw(5, 77)).all()


def test_pixels_and_tiles_cover_the_sphere() -> None:
    assert [tile_count(order) for order in range(4)] == [12, 48, 192, 768]
    assert pixel_rad(3) ** 2 * WIDTH_PX**2 * tile_count(3) == pytest.approx(4 * math.pi)
