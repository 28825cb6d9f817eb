"""Axes: values stand where they should, and what is written beside them is round."""

import numpy as np
import pytest

from search.viewers.axes import Axis, spanning
from search.viewers.plot import Line, Plot, path_of, reduced


@pytest.mark.parametrize(
    ("axis", "texts"),
    [
        (Axis("x", 0.0, 10.0), ["0", "2", "4", "6", "8", "10"]),
        (Axis("x", 2.87, 5.1), ["3.0", "3.5", "4.0", "4.5", "5.0"]),
        (Axis("x", 0.0, 3e-14), ["0", "5e-15", "1.0e-14", "1.5e-14", "2.0e-14", "2.5e-14", "3.0e-14"]),
        (Axis("x", 1.0, 1e4, log=True), ["1", "10", "100", "1000", "10000"]),
        (Axis("x", 59580.0, 61041.0, dates=True), ["2022", "2023", "2024", "2025", "2026"]),
        (Axis("x", 59580.0, 59700.0, dates=True), ["2022-01", "2022-02", "2022-03", "2022-04", "2022-05"]),
    ],
)
def test_ticks_are_round(axis: Axis, texts: list[str]) -> None:
    found = [tick.text for tick in axis.ticks()]
    assert found == texts


def test_ticks_stand_at_their_values() -> None:
    axis = Axis("x", 2.0, 12.0)
    for tick in axis.ticks():
        assert tick.place == pytest.approx((float(tick.text) - 2.0) / 10.0)


def test_a_logarithmic_axis_has_no_place_for_zero() -> None:
    places = Axis("x", 0.1, 1000.0, log=True).places(np.array([-1.0, 0.0, 0.1, 10.0, 1000.0]))
    assert np.isnan(places[:2]).all()
    assert places[2:] == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize("values", [[], [np.nan], [5.0], [0.0, 0.0], [-1e300, 1e300], [1e-320, 1.0]])
@pytest.mark.parametrize("log", [True, False])
def test_the_ends_of_an_axis_are_always_apart(values: list[float], log: bool) -> None:
    low, high = spanning(np.array(values), log=log)
    assert low < high
    assert np.isfinite([low, high]).all()
    assert not log or low > 0
    assert Axis("x", low, high, log=log).ticks() is not None


def test_a_long_trace_keeps_its_highest_and_lowest_samples() -> None:
    x = np.linspace(0.0, 900.0, 200_000)
    y = np.sin(x)
    y[123_456], y[150_000] = 40.0, -40.0
    few_x, few_y = reduced(x, y)
    assert len(few_x) < 4000
    assert few_y.max() == 40.0
    assert few_y.min() == -40.0
    assert np.all(np.diff(few_x) >= 0)


def test_a_gap_breaks_the_line() -> None:
    path = path_of(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, np.nan, 2.0, 3.0]))
    assert path == "M0.0 0.0M2.0 2.0L3.0 3.0"


def test_words_of_a_file_are_escaped() -> None:
    label = '"><script>'
    line = Line(1, np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.array([0.1, np.nan]))
    svg = Plot(Axis(label, 0, 3, label), Axis(label, 0, 3, label), label, lines=(line,)).svg()
    assert "<script>" not in svg
