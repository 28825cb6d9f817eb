"""A running FTPS transfer is asked each minute whether it may go on."""

from pathlib import Path

import pytest
from django.conf import settings

from basket.ftps.watching import WatchedFile, WithdrawnError

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_transfer_is_cut_at_the_next_minute(tmp_path: Path) -> None:
    place = tmp_path / "a.fits"
    place.write_bytes(b"0123456789")
    every = settings.ACCESS_RECHECK_S
    seconds = iter([0.0, 1.0, every, every, 2 * every])
    answers = iter([True, False])
    file = WatchedFile(place.open("rb"), lambda: next(answers), lambda: next(seconds))
    assert file.read(2) == b"01"
    assert file.read(2) == b"23"
    with pytest.raises(WithdrawnError):
        file.read(2)
    file.close()
    assert file.closed
