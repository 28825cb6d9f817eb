"""The collection of observation IDs: how lists are read, what they find, what is named as missing."""

import datetime as dt

import pytest

from search.collections.collection import QuestionError
from search.collections.obsids import MAX_IDS, observation_ids
from search.criteria import Criteria
from search.messages import Tone
from search.page import ResultsPage
from search.results import run
from tests.factories import make_observations

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
IDS = ("tess-s0015-4-1", "n4ro01020", "jw02736-o001_t001_nircam_clear-f200w", "EUVE-HZ43", "jw02736_x")


def search(q: str) -> ResultsPage:
    return run(Criteria(collection="obsids", q=q), NOW)


def ids(page: ResultsPage) -> set[str]:
    return {row.observation.obs_id for row in page.rows}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tess-s0015-4-1, n4ro01020", ["tess-s0015-4-1", "n4ro01020"]),
        (" ,n4ro01020;; n4ro01020\n", ["n4ro01020"]),
        ("jw02736*", ["jw02736*"]),
        ("jw02736%", ["jw02736*"]),
    ],
)
def test_lists_are_read_with_any_separator_and_each_id_once(text: str, expected: list[str]) -> None:
    assert [str(wanted) for wanted in observation_ids(text)] == expected


TOO_MANY = ",".join(f"a{i}" for i in range(MAX_IDS + 1))


@pytest.mark.parametrize("text", ["", " , ;", "*", "jw0*", "jw*36", "*02736", TOO_MANY])
def test_lists_that_cannot_be_searched_are_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(QuestionError) as refused:
        observation_ids(text)
    assert refused.value.remedy


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("tess-s0015-4-1, n4ro01020", {"tess-s0015-4-1", "n4ro01020"}),
        ("N4RO01020", {"n4ro01020"}),
        ("euve-hz43", {"EUVE-HZ43"}),
        ("jw02736*", {"jw02736-o001_t001_nircam_clear-f200w", "jw02736_x"}),
        ("jw02736_*", {"jw02736_x"}),
    ],
)
def test_observations_are_found_by_their_ids(q: str, found: set[str]) -> None:
    make_observations([{"obs_id": obs_id} for obs_id in IDS])
    page = search(q)
    assert ids(page) == found
    assert page.messages == ()


@pytest.mark.django_db
def test_ids_without_an_observation_are_named() -> None:
    make_observations([{"obs_id": obs_id} for obs_id in IDS])
    page = search("n4ro01020, n4ro99999, lost*")
    assert ids(page) == {"n4ro01020"}
    (message,) = page.messages
    assert message.tone is Tone.NOTICE
    assert message.title == "No observations have the IDs n4ro99999, lost*"


HOSTILE = [
    *("lost", "' OR 1=1 --", "a\\_%", "%s%s", "\\", "{}", "<script>", "jw02736_?", "\u202e", "٣٤", "null", "-", "0x0"),
    *(
        "*****",
        "****x",
        "x" * 5000,
        "n" * 200 + "*",
        "../../etc/passwd",
        "$(id)",
        "${jndi:x}",
        "😀",
        "\N{BYTE ORDER MARK}",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize("q", HOSTILE)
def test_unknown_ids_end_in_a_message(q: str) -> None:
    make_observations([{"obs_id": obs_id} for obs_id in IDS])
    page = search(q)
    assert page.rows == ()
    assert page.messages
    assert page.messages[0].remedy
