"""Suggestions: what is offered for what is typed, in which order, and that nothing breaks them."""

import pytest
from django.db import connection

from archive.models import Name
from archive.names import name_key
from archive.references import shelf
from search.resolver.openngc import OpenNgc, beginning_with
from search.suggest import prefixes
from search.suggest.prefixes import OBSERVATION_IDS, TARGET_NAMES
from search.suggest.suggestions import Suggestion, suggest
from tests.factories import make_observations, make_program

pytestmark = pytest.mark.django_db


def groups(collection: str, typed: str) -> dict[str, list[Suggestion]]:
    return {group.title: list(group.suggestions) for group in suggest(collection, typed)}


def labels(collection: str, typed: str) -> dict[str, list[str]]:
    return {title: [each.label for each in found] for title, found in groups(collection, typed).items()}


def make_name(name: str) -> None:
    Name.objects.create(key=name_key(name), name=name, canonical_name=name, ra_deg=1.0, dec_deg=2.0)


def test_names_come_from_the_archive_the_catalogue_and_the_targets_each_once() -> None:
    make_name("Ring Field")
    make_observations([{"target_name": name} for name in ("RING-BKG", "RING-BKG", "ring nebula", "OTHER")])
    assert labels("observations", "ring") == {"Names": ["Ring Field", "Ring Nebula", "RING-BKG"]}


def test_the_name_itself_comes_first_and_blanks_do_not_count() -> None:
    make_observations([{"target_name": "M 5 HALO"}, {"target_name": "M5"}])
    assert labels("observations", "m  5")["Names"][0] == "M 5"


def test_a_catalogue_name_that_is_offered_is_one_that_resolves() -> None:
    offered = [name for start in ("M", "NGC67", "IC3", "AND", "TH", "47") for name in beginning_with(start, 50)]
    assert len(offered) > 100
    assert [name for name in offered if OpenNgc().look_up(name) is None] == []


def test_programs_are_offered_by_number_by_pi_and_by_title() -> None:
    make_program(number="2736", title="Webb ERO", pi_name="Pontoppidan, Klaus M.")
    make_program(number="27", title="Titles of Pontoppidan", pi_name="Barlow, Michael", mission="HST")
    make_observations([{"proposal_id": "27999"}])
    assert labels("proposals", "027") == {"Programs": ["HST 27", "JWST 2736", "Program 27999"]}
    assert labels("proposals", "pontop") == {"Programs": ["JWST 2736", "HST 27"]}
    (found,) = groups("observations", "webb e")["Programs"]
    assert (found.text, found.collection) == ("2736", "proposals")
    assert found.detail == "Pontoppidan, Klaus M. · Webb ERO"


def test_observation_ids_are_offered_by_their_beginning_in_either_case() -> None:
    ids = ("jw02736-o002", "jw02736-o001", "jw02736-o001", "jw027_x")
    make_observations([{"obs_id": obs_id, "filters": f"F{place}"} for place, obs_id in enumerate(ids)])
    assert labels("observations", "JW02736") == {"Observation IDs": ["jw02736-o001", "jw02736-o002"]}
    assert labels("obsids", "jw") == {}


def test_the_shelf_of_reference_files_is_not_offered() -> None:
    assert shelf("JWST").obs_id == "references"
    make_observations([{"obs_id": "reference-field"}])
    assert labels("observations", "refer") == {"Observation IDs": ["reference-field"]}


def test_the_last_entry_of_a_list_is_completed_and_the_rest_kept() -> None:
    make_observations([{"obs_id": "jw02736-o001", "proposal_id": "2736"}])
    (found,) = groups("obsids", "n4ro01020, jw02")["Observation IDs"]
    assert found.text == "n4ro01020, jw02736-o001"
    (found,) = groups("proposals", "1073 27")["Programs"]
    assert found.text == "1073 2736"


@pytest.mark.parametrize(
    "typed", ["", " ", "M", "M57 r=1m", "M57 r0.2", "\0", "x" * 500, "%", "_", "\\", "'", "))((", "14 03 12.6 54 20"]
)
@pytest.mark.parametrize("collection", ["observations", "proposals", "obsids", "", "nothing", "\0"])
def test_what_is_no_beginning_of_anything_gets_no_suggestion(collection: str, typed: str) -> None:
    make_observations([{"target_name": "M57"}])
    assert suggest(collection, typed) == ()


def test_wildcards_are_letters_here() -> None:
    make_observations([{"target_name": "100% SKY"}, {"target_name": "1000 SKY"}])
    make_program(title="50% of the sky", pi_name="", number="5")
    make_program(title="500 of the sky", pi_name="", number="6")
    assert labels("observations", "100%")["Names"] == ["100% SKY"]
    assert labels("observations", "50% of")["Programs"] == ["JWST 5"]


def test_distinct_values_are_found_in_order_whatever_they_hold() -> None:
    names = ["A B", "AB", "ab c", "AC", "ABÉ", "AB%", "AB_", "B"]
    make_observations([{"target_name": name} for name in names * 3])
    expected = sorted({name_key(name) for name in names if name_key(name).startswith("AB")})
    assert [name_key(name) for name in prefixes.beginning_with(TARGET_NAMES, "AB", 20)] == expected
    assert prefixes.beginning_with(OBSERVATION_IDS, "nothing", 5) == []


@pytest.mark.parametrize("column", [OBSERVATION_IDS, prefixes.PROGRAM_NUMBERS, TARGET_NAMES, prefixes.NAME_KEYS])
def test_beginnings_go_by_the_codes_of_characters_under_any_collation(column: prefixes.Indexed) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT 1 FROM {column.table} WHERE {column.expression} ~>=~ 'A'"  # noqa: S608 - own constants
            f" ORDER BY {column.expression} USING ~<~ LIMIT 1"
        )
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan
    assert "Sort" not in plan


def test_names_with_signs_are_offered_in_the_order_of_codes() -> None:
    names = ["NGC+1", "NGC 1", "NGC-1", "NGC_1", "NGC.1"]
    make_observations([{"target_name": name} for name in names])
    assert prefixes.beginning_with(TARGET_NAMES, "NGC", 9) == ["NGC+1", "NGC-1", "NGC.1", "NGC 1", "NGC_1"]
