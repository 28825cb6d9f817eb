import pytest

from tests.people import clear_throttle


@pytest.fixture(autouse=True)
def _fresh_throttle() -> None:
    clear_throttle()
