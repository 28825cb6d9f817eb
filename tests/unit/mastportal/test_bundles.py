"""The joined scripts and styles: whole, in order, and refused with a word where joining would change what they do."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from mastportal import bundles

VIEW = "bundles/astroview.js"


def text_of(name: str) -> str:
    place = finders.find(name)
    assert place, name
    return Path(place).read_text(encoding="utf-8")


def reader(files: Mapping[str, str]) -> Callable[[str], str]:
    return lambda name: files[name.rpartition("/")[2]]


@pytest.mark.parametrize("name", [name for name in bundles.parts() if name != VIEW])
def test_every_part_is_there_once_and_in_its_place(name: str) -> None:
    joined = bundles.joined(name, text_of)
    places = [joined.index(text_of(part)) for part in bundles.parts()[name]]
    assert places == sorted(places)
    assert len(joined) - sum(len(text_of(part)) for part in bundles.parts()[name]) < 4 * len(places)


def test_the_view_of_the_sky_holds_every_module_once_after_those_it_imports() -> None:
    joined = bundles.joined(VIEW, text_of)
    own = [file.stem for file in (settings.BASE_DIR / "static/js/astroview").glob("*.js")]
    assert own
    for name in own:
        assert joined.count(f"const module_{name} = (() => {{") == 1
    taken = [line for line in joined.splitlines() if line.startswith("const { ") and "} = module_" in line]
    assert taken
    for line in taken:
        source = line.rpartition("= ")[2].rstrip(";")
        assert joined.index(f"const {source} = ") < joined.index(line)


def test_a_name_may_be_taken_under_another() -> None:
    files = {
        "main.js": 'import { listen as hear, LOUD } from "./ear.js";\nhear(LOUD);\n',
        "ear.js": "const inner = 1;\nexport const LOUD = inner;\nexport async function listen(what) {}\n",
    }
    joined = bundles._modules("js/main.js", reader(files))
    assert "const { listen: hear, LOUD } = module_ear;" in joined
    assert "return { LOUD, listen };" in joined
    assert "export" not in joined


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"main.js": 'import everything from "./a.js";\n'}, "main.js: import everything"),
        ({"main.js": "export default 3;\n"}, "main.js: export default 3"),
        ({"main.js": "export let changing = 1;\n"}, "main.js: export let changing"),
        ({"main.js": 'import { a } from "./a.js";\n', "a.js": 'import { b } from "./main.js";\n'}, "circle"),
    ],
)
def test_a_module_that_cannot_be_joined_is_named(files: dict[str, str], words: str) -> None:
    with pytest.raises(bundles.BundleError, match=words):
        bundles._modules("js/main.js", reader(files))


@pytest.mark.parametrize("rule", ['@import "other.css";', "a { background: url(../icon.svg); }"])
def test_a_style_that_would_look_elsewhere_is_refused(rule: str) -> None:
    with pytest.raises(bundles.BundleError, match=r"grid\.css"):
        bundles._style("css/grid.css", rule)


def test_a_picture_within_the_style_may_stay() -> None:
    assert bundles._style("css/grid.css", 'a { background: url("data:image/svg+xml,x"); }')
