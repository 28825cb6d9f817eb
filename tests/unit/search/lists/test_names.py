"""Names of a list: many asked at once get the answers that each would get alone, within a bounded time."""

import datetime as dt
import uuid
from collections.abc import Sequence

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings as SettingsWrapper

from accounts.models import User
from archive.models import Name
from search.lists import actions
from search.lists.parse import read_table
from search.models import CachedResolution, RowState, TargetList
from search.resolver.batch import resolve_many
from search.resolver.chain import resolve
from search.resolver.holdings import Holdings
from search.resolver.interfaces import Resolution, UnreachableError
from search.resolver.openngc import OpenNgc
from search.resolver.targets import Targets
from search.tabs.holder import Holder
from tests.factories import make_observation

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
NAMES = ["Alpha", "m 31", "NGC0224", "ICARUS-2", "icarus-02", "ibxa01", "IBXA01ABQ", "far-apart", "nobody", "", "M31"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def holdings() -> None:
    Name.objects.create(key="ALPHA", name="Alpha", canonical_name="Alpha", ra_deg=1.0, dec_deg=2.0)
    make_observation(obs_collection="HST", obs_id="ibxa01abq", target_name="A", s_ra=30.0, s_dec=5.0)
    make_observation(obs_collection="HST", obs_id="ibxa01acq", target_name="A", s_ra=31.0, s_dec=5.0)
    make_observation(target_name="ICARUS-2", s_ra=50.0, s_dec=10.0, obs_id="one")
    make_observation(target_name="ICARUS 2", s_ra=50.01, s_dec=10.0, obs_id="two")
    make_observation(target_name="FAR-APART", s_ra=50.0, s_dec=10.0, obs_id="three")
    make_observation(target_name="FAR-APART", s_ra=80.0, s_dec=10.0, obs_id="four")


class Network:
    """A resolver on the network that knows the names of stars, and takes a second for each."""

    name = "network"
    network = True
    free = False

    def __init__(self, breaks_at: int = 1000) -> None:
        self.asked: list[str] = []
        self.breaks_at = breaks_at

    def look_up(self, name: str) -> Resolution | None:
        self.asked.append(name)
        if len(self.asked) >= self.breaks_at:
            raise UnreachableError("the network resolver could not be reached")
        return Resolution(name.upper(), 10.0, 20.0, "Network") if name.startswith("star") else None

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        return {name: found for name in names if (found := self.look_up(name))}


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize("link", [Holdings(), OpenNgc(), Targets()], ids=lambda link: str(link.name))
def test_a_local_link_answers_many_as_it_answers_one(link: Holdings | OpenNgc | Targets) -> None:
    singly = {name: found for name in NAMES if (found := link.look_up(name))}
    assert link.look_up_many(NAMES).keys() == singly.keys()
    for name, found in link.look_up_many(NAMES).items():
        assert (found.ra_deg, found.dec_deg) == pytest.approx((singly[name].ra_deg, singly[name].dec_deg))


@pytest.mark.usefixtures("holdings")
def test_the_chain_answers_many_as_it_answers_one() -> None:
    links = (Holdings(), OpenNgc(), Targets())
    known = resolve_many(NAMES, 1.0, links).known
    singly = {name: resolve(name, links).resolution for name in NAMES}
    assert {name: found.resolver for name, found in known.items()} == {
        name: found.resolver for name, found in singly.items() if found
    }


def test_a_thousand_names_cost_a_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(10):
        resolve_many([f"name {n}" for n in range(1000)], 1.0, (Holdings(), OpenNgc(), Targets()))


def test_the_network_is_asked_until_the_time_is_up() -> None:
    link = Network()
    findings = resolve_many(
        ["star 1", "nobody", "star 2", "star 3"], 3.0, (link,), monotonic=lambda: float(len(link.asked))
    )
    assert link.asked == ["star 1", "nobody", "star 2"]
    assert set(findings.known) == {"star 1", "star 2"}
    assert findings.unasked == ["star 3"]
    assert findings.unreachable == ""


def test_answers_of_the_network_are_kept_and_not_asked_again() -> None:
    resolve_many(["star 1", "nobody"], 3.0, (Network(),), monotonic=lambda: 0.0)
    assert CachedResolution.objects.count() == 2
    again = Network()
    findings = resolve_many(["star 1", "nobody"], 3.0, (again,), monotonic=lambda: 0.0)
    assert again.asked == []
    assert set(findings.known) == {"star 1"}
    assert findings.unasked == []


def test_after_a_failure_the_network_is_left_alone() -> None:
    link = Network(breaks_at=2)
    findings = resolve_many(["star 1", "star 2", "star 3"], 9.0, (link,), monotonic=lambda: 0.0)
    assert link.asked == ["star 1", "star 2"]
    assert findings.unasked == ["star 2", "star 3"]
    assert "could not be reached" in findings.unreachable


def test_names_that_were_not_asked_wait_and_can_be_resolved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = Network(breaks_at=1), Network()
    monkeypatch.setattr("search.resolver.batch.configured", lambda: (broken,))
    own = actions.create(Holder(token=uuid.uuid4()), "stars", read_table(b"star 1\nnobody\n10 20\n"), NOW)
    rows = own.rows.order_by("number")
    assert [(row.state, row.pending) for row in rows] == [
        (RowState.UNRESOLVED, True), (RowState.UNRESOLVED, True), (RowState.RESOLVED, False)
    ]  # fmt: skip
    assert rows[0].message.startswith("Not asked of the network yet: the network resolver")
    monkeypatch.setattr("search.resolver.batch.configured", lambda: (whole,))
    assert actions.resolve_again(own) == 1
    assert [(row.state, row.pending) for row in rows.all()] == [
        (RowState.RESOLVED, False), (RowState.UNRESOLVED, False), (RowState.RESOLVED, False)
    ]  # fmt: skip
    assert rows.all()[0].source == "Network: STAR 1"


def test_lists_of_sessions_are_forgotten_and_those_of_accounts_are_not(settings: SettingsWrapper) -> None:
    settings.RESOLVER = ["openngc"]
    person = User.objects.create_user("astronomer@example.org")
    table = read_table(b"ra,dec\n1,2\n")
    kept = [actions.create(Holder(owner=person), "old", table, NOW - dt.timedelta(days=900)),
            actions.create(Holder(token=uuid.uuid4()), "new", table, NOW - dt.timedelta(days=59))]  # fmt: skip
    actions.create(Holder(token=uuid.uuid4()), "old", table, NOW - dt.timedelta(days=61))
    actions.forget_lists(NOW)
    assert set(TargetList.objects.all()) == set(kept)
