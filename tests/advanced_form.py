"""Advanced Search as a browser without a script sees it, and holdings that differ in every column."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.factories import NOW_MJD, make_observations, make_planned


class Form(HTMLParser):
    """The page's form as a browser without script sees it: fields that it would send, buttons, words by id."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[tuple[str, str]] = []
        self.buttons: dict[str, bool] = {}
        self.words: dict[str, str] = {}
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value if value is not None else "" for name, value in attrs}
        if tag == "input" and own.get("name") and own.get("type") not in {"checkbox", "radio"}:
            self.fields.append((own["name"], own.get("value", "")))
        elif tag == "input" and own.get("name") and "checked" in own:
            self.fields.append((own["name"], own["value"]))
        elif tag == "select":
            self._select, self._options = own.get("name", ""), []
        elif tag == "option":
            self._options.append((own["value"], "selected" in own))
        elif tag == "button" and own.get("name") == "do":
            self.buttons[own["value"]] = "disabled" not in own
        if tag not in {"input", "meta", "link", "br"}:
            self._open.append(own.get("id", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Drawings end their elements themselves."""

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()
        if tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.fields.append((self._select, chosen[0]))
            self._select = ""

    def handle_data(self, data: str) -> None:
        for name in filter(None, self._open):
            self.words[name] = self.words.get(name, "") + data


@pytest.fixture
def holdings() -> None:
    """30 observations that differ in every column, two planned visits."""
    missions = ("JWST", "HST", "TESS")
    instruments = ("NIRCAM/IMAGE", "MIRI/IMAGE", "MIRI/IFU", "ACS/WFC", "NIRSPEC/MSA")
    filters = ("F200W", "F444W;CLEAR", "F200W;CLEAR", "", "F606W; CLEAR")
    make_observations(
        [
            {
                "obs_collection": missions[i % 3],
                "instrument_name": instruments[i % 5],
                "filters": filters[i % 5],
                "intent_type": "calibration" if i % 7 == 0 else "science",
                "provenance_name": ("CALJWST", "CALSTIS")[i % 2],
                "project": ("JWST", "HST", "")[i % 3],
                "wavelength_region": ("INFRARED", "OPTICAL;UV")[i % 2],
                "target_name": ("NGC-6720", "M 31, field 2", "WASP-39")[i % 3],
                "target_classification": ("Star; G stars", "Galaxy; Spiral galaxies", "")[i % 3],
                "proposal_id": str(1000 + i // 3),
                "proposal_pi": ("Barlow, Michael", "Espinoza, Nestor")[i % 2],
                "dataproduct_type": ("image", "spectrum", "cube")[i % 3],
                "calib_level": (2, 3, 1)[i % 3],
                "s_ra": 12.0 * i,
                "s_dec": -60.0 + 4 * i,
                "t_min": 59000.25 + 40 * i,
                "t_max": 59000.5 + 40 * i,
                "t_exptime": 10.0 * (i + 1) ** 2,
                "em_min": 600.0 + i,
                "em_max": 5000.0 - i,
                "t_obs_release": NOW_MJD - 300 + 20 * i,
                "proposal_type": ("GO", "GTO", "DD")[i % 3],
                "sequence_number": i % 4,
                "mt_flag": (True, False, None)[i % 3],
                "obs_title": ("A nebula", "An exoplanet's sky")[i % 2],
                "obj_id": str(5000 + i),
                "src_den": float(i),
            }
            for i in range(30)
        ]
    )
    make_planned(obs_collection="JWST", instrument_name="MIRI/IFU", s_ra=1.0, s_dec=1.0)
    make_planned(obs_collection="JWST", instrument_name="MIRI/IMAGE", s_ra=2.0, s_dec=2.0)


def sql_count(where: str = "true") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM archive_observation WHERE {where}", [])  # noqa: S608 - our own
        return int(cursor.fetchone()[0])


@pytest.fixture
def page(client: Client) -> Any:
    def get(query: str = "", **headers: Any) -> Any:
        return client.get(f"{reverse('search:advanced')}{'?' if query else ''}{query}", follow=True, **headers)

    return get


def form_of(response: Any) -> Form:
    assert response.status_code == 200, response.content[:500]
    return Form(response.content.decode())


def found(response: Any) -> int:
    return int(form_of(response).words["records-found"].replace(",", ""))


def submitted(client: Client, fields: list[tuple[str, str]], do: str = "", follow: bool = True) -> Any:
    """The form sent by a browser without script, by way of one of its buttons."""
    return client.get(f"{reverse('search:advanced')}?{urlencode([*fields, ('do', do)])}", follow=follow)


def ticks(response: Any, column: str) -> dict[str, int]:
    """Labels of a dialog's boxes with their counts."""
    html = response.content.decode()
    dialog = html.split(f'id="choices-{column}"')[1].split("</fieldset>")[0]
    lines = re.findall(r'title="([^"]*)">[^<]*</span> <span class="count">([\d,]+)', dialog)
    return {label.replace("&#x27;", "'"): int(count.replace(",", "")) for label, count in lines}
