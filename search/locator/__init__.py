"""The locator: a small chart of the sky that needs neither a script nor another host."""

from search.locator.chart import PANE_PX, PANEL_PX, Chart, Shape, chart

__all__ = ["PANEL_PX", "PANE_PX", "Chart", "Shape", "chart"]
