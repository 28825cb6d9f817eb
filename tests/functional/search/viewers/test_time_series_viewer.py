"""The time series viewer over HTTP: light curve, folding, periodogram, access."""

import csv
import re

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from archive.models import Observation
from tests.factories import make_observation
from tests.viewer_files import MIDDLE, store, whtlt_bytes

pytestmark = pytest.mark.django_db

PERIOD_D = 0.25


def series_of(name: str = "star", **fields: float) -> Observation:
    row = make_observation(obs_id=name, dataproduct_type="timeseries", **fields)
    time = MIDDLE + np.linspace(0, 2, 200)
    store(row, whtlt_bytes(time, 1 + 0.1 * np.sin(2 * np.pi * time / PERIOD_D)), f"{name}_whtlt.ecsv", "WHTLT")
    return row


def address(row: Observation) -> str:
    return reverse("search:timeseries", args=[row.obsid])


def test_the_page_draws_the_curve_and_its_periodogram(client: Client) -> None:
    text = client.get(address(series_of())).content.decode()
    assert "Time (MJD UTC)" in text
    assert 'id="plot"' in text
    assert 'id="periodogram"' in text
    peak = re.search(r"highest peak ([\d.]+) d", text)
    assert peak is not None
    assert float(peak[1]) == pytest.approx(PERIOD_D, rel=0.02)
    assert 'id="folded"' not in text


def test_a_period_folds_the_curve_in_any_unit(client: Client) -> None:
    row = series_of()
    text = client.get(address(row), {"period": "6", "period_unit": "h", "epoch": str(MIDDLE)}).content.decode()
    assert 'id="folded"' in text
    assert "folded by 0.25 d" in text


def test_the_table_has_times_numbers_and_phases(client: Client) -> None:
    response = client.get(address(series_of()), {"period": "0.25", "epoch": str(MIDDLE), "format": "csv"})
    rows = list(csv.DictReader(response.getvalue().decode().splitlines()))
    time = np.array([float(row["time (MJD UTC)"]) for row in rows])
    np.testing.assert_allclose(time, MIDDLE + np.linspace(0, 2, 200))
    cycles = (time - MIDDLE) / PERIOD_D
    np.testing.assert_allclose([float(row["phase"]) for row in rows], cycles - np.floor(cycles + 0.5), atol=1e-9)


def test_exclusive_series_are_refused_with_the_reason(client: Client) -> None:
    row = series_of(t_obs_release=61381.5)
    response = client.get(address(row))
    assert response.status_code == 403
    assert "exclusive until 2026-12-07" in response.content.decode()
    assert client.get(address(row), {"format": "csv"}).status_code == 403


@pytest.mark.parametrize(("box", "value"), [("period", "0"), ("period", "x"), ("period_unit", "yr"), ("epoch", "inf")])
def test_a_box_that_cannot_be_used_says_so(client: Client, box: str, value: str) -> None:
    assert client.get(address(series_of()), {box: value}).status_code == 400


def test_an_observation_without_a_series_says_so(client: Client) -> None:
    assert "No time series is held" in client.get(address(make_observation())).content.decode()
