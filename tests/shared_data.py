"""Where the real archive data lie beside the checkout, for the tests that use them."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def shared_file(name: str) -> Path:
    """A file of real data. Missing data fail the run where `CI=true`, and skip the test elsewhere, saying so."""
    place = SHARED_DATA / name
    if not place.is_file():
        text = f"the real data file {place} is missing: lay the shared data folder beside the checkout"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    return place
