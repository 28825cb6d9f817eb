"""The page about the sky view names each of its modules, and none that is not there."""

import re

from django.conf import settings


def test_every_module_is_named() -> None:
    page = (settings.BASE_DIR / "docs" / "astroview.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w-]+\.js)`", page.partition("## How it is built")[2])
    assert sorted(named) == sorted(file.name for file in (settings.BASE_DIR / "static/js/astroview").glob("*.js"))
