"""The survey on disk and over HTTP."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from numpy.typing import NDArray
from PIL import Image
from pytest_django.fixtures import Settings

from search.synthetic import hips, views
from search.synthetic.place import folder, is_complete

PLACE = "/hips/synthetic"


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.PORTAL_HOME = tmp_path
    return tmp_path


def flat(order: int, number: int) -> NDArray[np.uint8]:
    """A tile that is quick to draw; its colour says which it is."""
    return np.full((512, 512, 3), [number * 5 % 256, order * 60, 0], dtype=np.uint8)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Sixty tiles that cost nothing, and are noted: what is tested is which tiles are drawn."""
    drawn: list[tuple[int, int]] = []

    def noted(order: int, number: int) -> NDArray[np.uint8]:
        drawn.append((order, number))
        return flat(order, number)

    monkeypatch.setattr(hips, "draw", noted)
    monkeypatch.setattr(hips, "KEPT_ORDER", 1)
    return drawn


def stopping_after(count: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done == count:
            raise KeyboardInterrupt

    return tell


def test_a_run_cut_short_goes_on_where_it_stopped(home: Path, quick: list[tuple[int, int]]) -> None:
    with pytest.raises(KeyboardInterrupt):
        hips.make(stopping_after(25))
    assert not is_complete()
    assert hips.progress() == (25, 60)
    assert hips.make(lambda done: None) == 35
    assert len(quick) == len(set(quick)) == 60
    assert is_complete()
    assert hips.progress() == (60, 60)
    assert hips.make(lambda done: None) == 0
    assert [path.name for path in folder().rglob(".*")] == []


def test_the_mosaic_holds_the_tiles_row_by_row(home: Path, quick: list[tuple[int, int]]) -> None:
    hips.make(lambda done: None)
    with Image.open(folder() / "Norder1" / "Allsky.webp") as mosaic:
        assert mosaic.size == (6 * 64, 8 * 64)
        pixel = mosaic.convert("RGB").getpixel((32 + 64 * (46 % 6), 32 + 64 * (46 // 6)))
    assert pixel == pytest.approx((230, 60, 0), abs=6)


def test_nothing_is_served_as_a_survey_before_it_is_whole(home: Path, client: Client) -> None:
    assert client.get(f"{PLACE}/properties").status_code == 404
    answer = client.get(f"{PLACE}/progress.json")
    assert answer.json() == {"done": 0, "total": 1020}
    assert answer["Cache-Control"] == "no-store"


def test_it_says_what_it_is_and_where_it_is_from(home: Path, client: Client, quick: list[tuple[int, int]]) -> None:
    hips.make(lambda done: None)
    answer = client.get(f"{PLACE}/properties")
    text = answer.content.decode()
    said = dict(line.split(" = ", 1) for line in text.splitlines())
    said = {name.strip(): value for name, value in said.items()}
    assert said["hips_order"] == "8"
    assert said["hips_tile_format"] == "webp"
    assert said["hips_frame"] == "equatorial"
    assert "not an image" in said["obs_description"]
    assert "OpenNGC" in said["obs_copyright"]
    assert "Hipparcos" in said["obs_copyright"]


def test_kept_tiles_come_from_disk_and_deep_ones_are_drawn(
    home: Path, client: Client, quick: list[tuple[int, int]]
) -> None:
    hips.make(lambda done: None)
    answer = client.get(f"{PLACE}/Norder1/Dir0/Npix30.webp")
    kept = Image.open(BytesIO(answer.getvalue())).convert("RGB")
    assert kept.getpixel((9, 9)) == pytest.approx((150, 60, 0), abs=6)
    deep = client.get(f"{PLACE}/Norder6/Dir20000/Npix20000.webp")
    assert deep["Content-Type"] == "image/webp"
    assert Image.open(BytesIO(deep.content)).size == (512, 512)
    assert deep["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize(
    "path",
    [
        "Norder3/Dir0/Npix768.webp",
        "Norder4/Dir10000/Npix5.webp",
        "Norder9/Dir0/Npix0.webp",
        "Norder99999999999999999999/Dir0/Npix0.webp",
        "Norder6/Allsky.webp",
        "Norder3/Dir0/Npix1.jpg",
        "Norder3/Dir0/../../../secret_key",
        "..%2f..%2fsecret_key",
    ],
)
def test_what_the_survey_does_not_hold_is_not_found(home: Path, client: Client, path: str) -> None:
    assert client.get(f"{PLACE}/{path}").status_code == 404


def test_pages_keep_their_threads_when_many_tiles_are_asked_for(home: Path, client: Client) -> None:
    taken = [views._waiting.acquire(blocking=False) for _ in range(views._MOST_WAITING)]
    try:
        answer = client.get(f"{PLACE}/Norder6/Dir0/Npix1.webp")
    finally:
        for _ in taken:
            views._waiting.release()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "1"


def test_the_command_says_what_it_did(
    home: Path, quick: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.nice", lambda increment: 0)
    call_command("make_sky")
    assert "60 tiles drawn, 0 were there" in capsys.readouterr().out
    call_command("make_sky")
    assert "0 tiles drawn, 60 were there" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_ends_with_the_remedy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.nice", lambda increment: 0)
    (home / "hips").write_text("a file in the way")
    with pytest.raises(CommandError, match="goes on where it stopped"):
        call_command("make_sky")
