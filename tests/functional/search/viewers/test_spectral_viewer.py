"""The spectral viewer over HTTP: the drawn numbers, who may see them, and every box that cannot be used."""

import csv
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings as SettingsWrapper

from accounts.models import User
from archive.models import Observation
from tests.factories import make_observation
from tests.viewer_files import orders_bytes, store, x1d_bytes

pytestmark = pytest.mark.django_db

EXCLUSIVE = 61381.5  # MJD, after the tests' now


def spectrum_of(name: str = "one", content: bytes | None = None, group: str = "X1D", **fields: Any) -> Observation:
    row = make_observation(obs_id=name, dataproduct_type="spectrum", **fields)
    store(row, x1d_bytes() if content is None else content, f"{name}_{group.lower()}.fits", group)
    return row


def address(row: Observation) -> str:
    return reverse("search:spectrum", args=[row.obsid])


def rows_of(client: Client, row: Observation, **query: Any) -> list[dict[str, str]]:
    response = client.get(address(row), {**query, "format": "csv"})
    assert response.status_code == 200
    return list(csv.DictReader(response.getvalue().decode().splitlines()))


def numbers(rows: list[dict[str, str]], column: str) -> list[float]:
    name = next(name for name in rows[0] if name.startswith(column))
    return [float(row[name]) for row in rows]


def test_the_page_draws_the_spectrum_with_its_units(client: Client) -> None:
    response = client.get(address(spectrum_of()))
    text = response.content.decode()
    assert response.status_code == 200
    assert "Wavelength (µm)" in text
    assert "Flux (Jy)" in text
    assert text.count('<path class="line"') == 1
    assert '<path class="band"' in text
    assert response["Cache-Control"] == "private, no-store"


def test_the_table_has_every_number_of_the_file(client: Client) -> None:
    rows = rows_of(client, spectrum_of())
    wavelength = np.linspace(1, 2, 50)
    np.testing.assert_allclose(numbers(rows, "wavelength"), wavelength)
    np.testing.assert_allclose(numbers(rows, "flux"), 1e-3 + 2e-3 * (wavelength - 1))
    np.testing.assert_allclose(numbers(rows, "error"), 1e-4 + 2e-4 * (wavelength - 1))


def test_the_table_follows_range_unit_and_hidden_traces(client: Client) -> None:
    row = spectrum_of(content=orders_bytes())
    rows = rows_of(client, row, **{"x.from": "120.15", "x.to": "120.35", "xunit": "nm", "hide": "1"})
    assert {line["spectrum"] for line in rows} == {"order 91"}
    np.testing.assert_allclose(numbers(rows, "wavelength (nm"), [120.2, 120.3])


def test_up_to_ten_observations_lie_over_each_other(client: Client) -> None:
    rows = [spectrum_of(f"row-{n}", x1d_bytes(low=1.0 + n)) for n in range(11)]
    query = {"obsid": [row.obsid for row in rows[1:10]]}
    text = client.get(address(rows[0]), query).content.decode()
    assert text.count('<path class="line"') == 10
    refused = client.get(address(rows[0]), {"obsid": [row.obsid for row in rows[1:]]})
    assert refused.status_code == 400
    assert "at most 10" in refused.content.decode()


def test_the_ticked_rows_of_the_grid_become_an_address(client: Client) -> None:
    rows = [spectrum_of(f"row-{n}") for n in range(2)]
    response = client.post(reverse("search:spectra"), {"obsid": [row.obsid for row in rows]})
    assert response.status_code == 302
    assert client.get(response["Location"]).content.decode().count('<path class="line"') == 2
    assert client.get(reverse("search:spectra")).status_code == 400


def test_lines_are_marked_where_the_redshift_puts_them(client: Client) -> None:
    row = spectrum_of()
    text = client.get(address(row), {"lines": "hydrogen", "shift": "1.0"}).content.decode()
    assert "Hα" in text  # 656.461 nm at z = 1 lies within 1 to 2 µm
    assert "Paα" not in text
    assert "Hα" not in client.get(address(row), {"lines": "hydrogen"}).content.decode()


@pytest.mark.parametrize("who", ["anonymous", "stranger", "staff"])
def test_exclusive_spectra_are_drawn_for_whom_access_allows(client: Client, who: str) -> None:
    row = spectrum_of(t_obs_release=EXCLUSIVE)
    if who != "anonymous":
        client.force_login(User.objects.create_user(f"{who}@example.org", "a long password 1", is_staff=who == "staff"))
    page, file = client.get(address(row)), client.get(address(row), {"format": "csv"})
    text = page.content.decode()
    if who == "staff":
        assert (page.status_code, file.status_code) == (200, 200)
        assert '<path class="line"' in text
    else:
        assert (page.status_code, file.status_code) == (403, 403)
        assert "exclusive until 2026-12-07" in text
        assert '<svg class="plot"' not in text
        assert "wavelength" not in file.content.decode()


def test_a_closed_file_beside_an_open_one_is_named(client: Client) -> None:
    opened, closed = spectrum_of("opened"), spectrum_of("closed", t_obs_release=EXCLUSIVE)
    response = client.get(address(opened), {"obsid": closed.obsid})
    text = response.content.decode()
    assert response.status_code == 200
    assert text.count('<path class="line"') == 1
    assert "closed_x1d.fits: not authorized" in text


def test_a_file_of_another_observation_cannot_be_brought_in_by_its_number(client: Client) -> None:
    opened, closed = spectrum_of("opened"), spectrum_of("closed", t_obs_release=EXCLUSIVE)
    text = client.get(address(opened), {"file": closed.own_products.get().pk}).content.decode()
    assert '<svg class="plot"' not in text


def test_too_large_damaged_and_missing_files_are_explained(client: Client, settings: SettingsWrapper) -> None:
    large, broken, none = spectrum_of("large"), spectrum_of("broken", b"SIMPLE"), make_observation(obs_id="none")
    settings.VIEWER_LIMIT_BYTES = 1000
    assert "files up to" in client.get(address(large)).content.decode()
    assert "cannot be read as FITS" in client.get(address(broken)).content.decode()
    assert "No spectrum is held" in client.get(address(none)).content.decode()


@pytest.mark.parametrize(
    ("box", "value"),
    [
        ("x.from", "abc"), ("x.from", "1e999"), ("x.to", "nan"), ("y.from", "١٢"), ("smooth", "0"), ("smooth", "-3"),
        ("smooth", "9" * 50), ("xunit", "parsec"), ("yunit", "<b>"), ("lines", "' OR 1=1"), ("shift", "-1"),
        ("shift", "1_0"), ("shift", "1e300"), ("obsid", "x"), ("obsid", "9" * 30), ("hide", "\x00"), ("file", "-1"),
        ("first", "0"), ("shift_unit", "c"),
    ],
)  # fmt: skip
def test_a_box_that_cannot_be_used_says_so(client: Client, box: str, value: str) -> None:
    query = {"shift": "1"} if box == "shift_unit" else {}
    response = client.get(address(spectrum_of()), {**query, box: value})
    assert response.status_code == 400
    assert 'class="secondary"' in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [{"x.from": "5", "x.to": "2"}, {"x.from": "1", "x.to": "1.00000000000000001"}, {"ylog": "on", "y.from": "-1"}],
)
def test_ends_that_make_no_range_say_so(client: Client, query: dict[str, str]) -> None:
    assert client.get(address(spectrum_of()), query).status_code == 400


def test_an_unknown_observation_is_not_found(client: Client) -> None:
    for obsid in (1, 2**63, 10**30):
        assert client.get(f"/observations/{obsid}/spectrum/").status_code == 404
