"""A running FTPS transfer is asked each minute whether it may go on."""

from pathlib import Path

import pytest

from basket.ftps.watching import RECHECK_S, WatchedFile, WithdrawnError

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_transfer_is_cut_at_the_next_minute(tmp_path: Path) -> None:
    place = tmp_path / "a.fits"
    place.write_bytes(b"0123456789")
    seconds = iter([0.0, 1.0, RECHECK_S, RECHECK_S, 2 * RECHECK_S])
    answers = iter([True, False])
    file = WatchedFile(place.open("rb"), lambda: next(answers), lambda: next(seconds))
    assert file.read(2) == b"01"
    assert file.read(2) == b"23"
    with pytest.raises(WithdrawnError):
        file.read(2)
    file.close()
    assert file.closed
