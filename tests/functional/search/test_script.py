"""A search as a script: the lines for this portal are run as they stand, those for astroquery are read by Python."""

import ast
import csv
import html
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import LivePortal
from tests.factories import make_observation, make_observations

pytestmark = pytest.mark.django_db


def shown(client: Client, **parameters: Any) -> dict[str, str]:
    """The blocks of the page by their names."""
    return blocks(client.get(reverse("search:script"), parameters).content.decode())


def blocks(page: str) -> dict[str, str]:
    found = re.findall(r'<pre[^>]* id="script-(\w+)"[^>]*>(.*?)</pre>', page, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


def keywords(lines: str) -> tuple[str, dict[str, Any]]:
    """The method of the one call in the lines that has keywords, and these as Python reads them."""
    calls = [node for node in ast.walk(ast.parse(lines)) if isinstance(node, ast.Call) and node.keywords]
    (call,) = calls
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr, {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}


class TestAstroquery:
    @pytest.fixture(autouse=True)
    def _ring(self) -> None:
        make_observation()

    def ask(self, client: Client, **parameters: Any) -> tuple[str, dict[str, Any]]:
        return keywords(shown(client, **parameters)["astroquery"])

    def test_a_cone_is_a_region(self, client: Client) -> None:
        method, words = self.ask(client, q="180.468 -18.866 r=30s")
        assert method == "query_region"
        assert words == {"coordinates": "180.4680000d -18.8660000d", "radius": "0.008333333333 deg"}

    def test_criteria_and_filters_go_along(self, client: Client) -> None:
        method, words = self.ask(
            client,
            q="180.468 -18.866 r=0.5",
            **{"instrument_name": "MIRI*", "f.obs_collection": ["JWST", "HST"], "calib_level": "2..3"},
            t_min="59700..59800.5",
        )
        assert method == "query_criteria"
        assert words == {
            "coordinates": "180.4680000d -18.8660000d",
            "radius": "0.5 deg",
            "calib_level": [2, 3],
            "instrument_name": "MIRI*",
            "obs_collection": ["HST", "JWST"],
            "t_min": [59700.0, 59800.5],
        }

    def test_lists_of_programs_and_ids(self, client: Client) -> None:
        assert self.ask(client, collection="proposals", q="1073, 02736")[1] == {"proposal_id": ["1073", "2736"]}
        assert self.ask(client, collection="obsids", q="n4ro01020, jw02733*")[1] == {
            "obs_id": ["n4ro01020", "jw02733*"]
        }

    def test_what_it_cannot_say_is_named(self, client: Client) -> None:
        address = {"q": "180.468 -18.866", "f.state": "public", "instrument_name": "!MIRI*", "t_exptime": ">100"}
        page = client.get(reverse("search:script"), address).content.decode()
        assert re.findall(r"<li>(instrument_name|state|t_exptime) ([^<]*)</li>", page) == [
            ("instrument_name", "!MIRI*"),
            ("t_exptime", "&gt;100"),
            ("state", "public"),
        ]

    @pytest.mark.parametrize(
        "hostile", ['"); import os; os.remove("x")#', "a'b\"c\\", "星 𝒳\u2028", "{x} %s\n", "</pre><script>"]
    )
    def test_no_value_leaves_its_quotes(self, client: Client, hostile: str) -> None:
        _, words = self.ask(client, target_name='"' + hostile.strip().replace('"', '""') + '"')
        assert words == {"target_name": hostile.strip()}


def test_an_address_that_says_no_search_is_refused(client: Client) -> None:
    assert client.get(reverse("search:script"), {"q": ""}).status_code == 400


class TestOnALivePortal:
    """What the page shows is run by a shell and by another Python, against real servers."""

    @pytest.fixture
    def lines(self, live_portal: LivePortal) -> dict[str, str]:
        hostile = 'it\'s a $(touch broken) "name" & more; `x` 星'
        make_observations([{"target_name": hostile, "obs_id": f"id {number}"} for number in range(30)])
        address = {
            "q": "283.39624 33.02914 r=1m",
            "target_name": '"' + hostile.replace('"', '""') + '"',
            "sort": "obs_id",
        }
        return blocks(httpx.get(f"{live_portal.url}{reverse('search:script')}", params=address).text)

    def test_the_python_lines_read_every_row(self, lines: dict[str, str], tmp_path: Path) -> None:
        place = tmp_path / "lines.py"
        place.write_text(
            lines["python"] + "import json\njson.dump(list(map(str, table['obs_id'])), open('ids', 'w'))\n"
        )
        subprocess.run([sys.executable, str(place)], cwd=tmp_path, check=True, timeout=60, capture_output=True)
        assert sorted(json.loads((tmp_path / "ids").read_text())) == sorted(f"id {number}" for number in range(30))

    def test_the_curl_line_writes_the_file(self, lines: dict[str, str], tmp_path: Path) -> None:
        command = ["bash", "-c", lines["curl"]]
        done = subprocess.run(command, cwd=tmp_path, check=True, timeout=60, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("", "")
        (written,) = tmp_path.iterdir()
        rows = list(csv.DictReader(io.StringIO(written.read_text(encoding="utf-8"), newline="")))
        assert [row["obs_id"] for row in rows] == sorted(f"id {number}" for number in range(30))
