"""The cURL script, run by bash and zsh against the real server: hostile names, kills, damage, refusals, tokens."""

import datetime as dt
import hashlib
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from django.urls import reverse

from accounts import tokens
from accounts.models import User
from archive.clock import archive_now, machine_now
from archive.models import Held, Observation, Product
from basket.bundles import curl
from basket.manifest import manifest_csv
from basket.models import Delivery, DeliveryKind
from basket.selection import freeze
from tests.basket_holdings import body_of, observation, product
from tests.conftest import LivePortal

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1 << 20
DAY = dt.timedelta(days=1)
#: Names that a shell must not read.
HOSTILE_OBSERVATION = "jw2'; touch pwned #"
HOSTILE_FILE = "$(touch pwned)`touch pwned`\"'\\\n& touch pwned;.fits"
NAME = 'MAST_it\'s "here" $(touch pwned)'


@pytest.fixture
def own(live_portal: LivePortal) -> Observation:
    return observation("jw1", release=archive_now() - DAY)


def fixed(*, person: User | None = None) -> Delivery:
    return freeze(DeliveryKind.CURL, Product.objects.all(), person, archive_now(), name=NAME)


def fetched(portal: LivePortal, delivery: Delivery, folder: Path, token: str = "") -> Path:
    """The script as the portal gives it."""
    place = folder / f"{delivery.name}.sh"
    path = reverse("basket:bundle", args=[delivery.pk, place.name])
    headers = {"Authorization": f"token {token}"} if token else {}
    asked = urllib.request.Request(portal.download_url + path, headers=headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - the same
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{place.name}"'
        place.write_bytes(answer.read())
    return place


#: `bash --posix` stands for the 3.2 of macOS as far as one shell can: nothing of it is used that POSIX has not.
SHELLS = (("bash",), ("bash", "--posix"), ("zsh",))


def run(
    script: Path, *arguments: str, shell: tuple[str, ...] = ("bash",), **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*shell, script.name, *arguments],
        check=False,
        cwd=script.parent,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def arrived(script: Path, delivery: Delivery) -> set[str]:
    """Paths of the files that are there, each compared with the catalogue."""
    folder = script.parent / delivery.name
    whole = set()
    for path, sha256 in delivery.items.values_list("path", "sha256"):
        place = folder / path
        if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == sha256:
            whole.add(path)
    return whole


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_every_file_arrives_whatever_it_is_called(
    shell: tuple[str, ...], live_portal: LivePortal, own: Observation, tmp_path: Path
) -> None:
    product(own, "plain.fits")
    product(own, HOSTILE_FILE, size_bytes=70_000)
    product(observation(HOSTILE_OBSERVATION, release=archive_now() - DAY), "a.fits", uri="'; touch pwned; '\nEOF\n")
    closed = product(observation("closed", release=archive_now() + DAY), "closed.fits")
    delivery = fixed()
    script = fetched(live_portal, delivery, tmp_path)
    assert subprocess.run(["bash", "-n", str(script)], check=False, timeout=30).returncode == 0
    done = run(script, shell=shell)
    assert done.returncode == 0, done.stderr
    assert len(arrived(script, delivery)) == 3
    assert {place.name for place in tmp_path.iterdir()} == {script.name, delivery.name}
    assert "3 of 3 files are whole" in done.stderr
    assert "1 files were not in the list, refused or not held" in done.stderr
    manifest = (tmp_path / delivery.name / "MANIFEST.HTML").read_text()
    assert "<li>Whole: 3 of 3 files</li>" in manifest
    assert f"<td>{closed.uri}</td>" in manifest
    assert manifest.endswith("</body>\n</html>\n")
    table = (tmp_path / delivery.name / "manifest.csv").read_bytes()
    assert table == manifest_csv(delivery), "the same bytes as in every bundle"


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_run_that_was_killed_goes_on_where_it_stopped(
    shell: tuple[str, ...], live_portal: LivePortal, own: Observation, tmp_path: Path
) -> None:
    for number in range(4):
        product(own, f"{number}.fits", size_bytes=6 * MIB)
    delivery = fixed()
    script = fetched(live_portal, delivery, tmp_path)
    running = subprocess.Popen([*shell, script.name], cwd=tmp_path, stdin=subprocess.DEVNULL, start_new_session=True)
    first = tmp_path / delivery.name / "JWST" / "jw1" / "0.fits"
    deadline = time.monotonic() + 60
    while not first.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait(timeout=30)
    inode = first.stat().st_ino
    # of the next file half is there, of the one after a damaged whole
    half = Product.objects.get(filename="2.fits")
    content = tmp_path / delivery.name / "JWST" / "jw1" / "2.fits.part"
    content.write_bytes(body_of(half.uri, half.size_bytes)[: 3 * MIB])
    content.with_name("3.fits").write_bytes(b"x" * (6 * MIB))
    done = run(script, "-y", shell=shell)
    assert done.returncode == 0, done.stderr
    assert len(arrived(script, delivery)) == 4
    assert first.stat().st_ino == inode  # what was whole was not fetched again
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_what_fails_is_named_and_the_rest_arrives(
    shell: tuple[str, ...], live_portal: LivePortal, own: Observation, tmp_path: Path
) -> None:
    product(own, "whole.fits")
    lost, closed = product(own, "lost.fits"), product(own, "closed.fits")
    delivery = fixed()
    script = fetched(live_portal, delivery, tmp_path)
    Product.objects.filter(pk=lost.pk).update(held=Held.LOST)
    Product.objects.filter(pk=closed.pk).update(t_release=99000.0)
    done = run(script, shell=shell)
    assert done.returncode == 1
    assert arrived(script, delivery) == {"JWST/jw1/whole.fits"}
    assert "1 of 3 files are whole" in done.stderr
    assert "2 files failed" in done.stderr
    manifest = (tmp_path / delivery.name / "MANIFEST.HTML").read_text()
    assert "<li>JWST/jw1/lost.fits: ERROR (409)" in manifest
    assert "<li>JWST/jw1/closed.fits: NOT AUTHORIZED (401)" in manifest


def test_the_token_is_asked_for_only_when_needed_and_stays_out_of_sight(
    live_portal: LivePortal, own: Observation, tmp_path: Path
) -> None:
    staff = User.objects.create_user("staff@example.org", is_staff=True)
    product(own, "free.fits")
    product(observation("jw2", release=archive_now() + DAY), "closed.fits")
    delivery = fixed(person=staff)
    script = tmp_path / "own.sh"
    script.write_text("".join(curl.script(delivery, lambda found: f"http://127.0.0.1:9/{found.filename}")))
    tools = tmp_path / "tools"
    tools.mkdir()
    stub = tools / "curl"
    stub.write_text('#!/bin/bash\necho "$@" >>"$SEEN.arguments"\ncat >>"$SEEN.config"\nprintf 403\nexit 22\n')
    stub.chmod(0o755)
    seen = tmp_path / "seen"
    path = f"{tools}:{os.environ['PATH']}"
    letters = "abcdefghijklmnopqrstuvwxyz012345"

    assert "Going on without" in run(script, PATH=path, SEEN=str(seen)).stderr
    done = run(script, PATH=path, SEEN=str(seen), MAST_API_TOKEN=letters)
    assert done.returncode == 1
    assert letters not in (tmp_path / "seen.arguments").read_text()
    assert letters not in script.read_text() + done.stderr
    config = (tmp_path / "seen.config").read_text()
    assert config == f'header = "Authorization: token {letters}"\n'  # for the exclusive file alone
    assert run(script, 'x" url = "http://evil', PATH=path, SEEN=str(seen)).returncode == 2


def test_a_token_opens_exclusive_files_to_the_script(live_portal: LivePortal, own: Observation, tmp_path: Path) -> None:
    staff = User.objects.create_user("staff@example.org", is_staff=True)
    _, letters = tokens.create(staff, "script", [tokens.EXCLUSIVE], machine_now())
    product(own, "free.fits")
    product(observation("jw2", release=archive_now() + DAY), "closed.fits")
    delivery = fixed(person=staff)
    script = fetched(live_portal, delivery, tmp_path, letters)
    without = run(script)
    assert without.returncode == 1
    assert arrived(script, delivery) == {"JWST/jw1/free.fits"}
    done = run(script, MAST_API_TOKEN=letters)
    assert done.returncode == 0, done.stderr
    assert len(arrived(script, delivery)) == 2
    assert letters not in "".join(place.read_text("latin-1") for place in tmp_path.rglob("*") if place.is_file())


def test_without_curl_it_says_so(live_portal: LivePortal, own: Observation, tmp_path: Path) -> None:
    product(own, "free.fits")
    script = fetched(live_portal, fixed(), tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    bash = subprocess.run(["bash", "-c", "command -v bash"], capture_output=True, text=True, check=True, timeout=30)
    done = subprocess.run(
        [bash.stdout.strip(), script.name],
        cwd=tmp_path,
        env={"PATH": str(empty)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "curl is required" in done.stderr


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_at_a_terminal_it_asks_before_it_goes_on_in_a_folder(
    shell: tuple[str, ...], live_portal: LivePortal, own: Observation, tmp_path: Path
) -> None:
    product(own, "free.fits")
    delivery = fixed()
    script = fetched(live_portal, delivery, tmp_path)
    assert run(script, shell=shell).returncode == 0
    for answer, folders in ((b"c\n", 1), (b"n\n", 2)):
        ours, theirs = os.openpty()
        running = subprocess.Popen(
            [*shell, script.name], cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        os.close(theirs)
        os.write(ours, answer)
        said = running.communicate(timeout=60)[0].decode()
        os.close(ours)
        assert running.returncode == 0, said
        assert "(C)ontinue in it, or (N)ew folder" in said
        assert len([place for place in tmp_path.iterdir() if place.is_dir()]) == folders


def test_the_token_is_in_no_argument_of_a_running_program(
    live_portal: LivePortal, own: Observation, tmp_path: Path
) -> None:
    staff = User.objects.create_user("staff@example.org", is_staff=True)
    product(observation("jw2", release=archive_now() + DAY), "closed.fits")
    delivery = fixed(person=staff)
    script = tmp_path / "own.sh"
    script.write_text("".join(curl.script(delivery, lambda found: f"http://127.0.0.1:9/{found.filename}")))
    letters = "zyxwvutsrqponmlkjihgfedcba543210"
    running = subprocess.Popen(
        ["bash", script.name],
        cwd=tmp_path,
        env={**os.environ, "MAST_API_TOKEN": letters},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    looks, deadline = 0, time.monotonic() + 60
    while running.poll() is None and looks < 200 and time.monotonic() < deadline:
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True, timeout=30).stdout
        assert letters not in listed
        looks += 1
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait(timeout=30)
    assert looks
