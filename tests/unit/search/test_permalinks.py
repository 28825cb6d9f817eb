"""Links of the original portal: what they ask for here, what is named when it has no place, and hostile ones."""

import json
from typing import Any

import pytest

from search.permalinks import MAX_LENGTH, PermalinkError, criteria_of


def address(link: str | dict[str, Any]) -> str:
    return criteria_of(link if isinstance(link, str) else json.dumps(link)).to_query_string()


def filtered(*filters: dict[str, Any], position: str = "undefined, undefined, undefined") -> dict[str, Any]:
    return {
        "service": "CAOMFILTERED",
        "inputText": list(filters),
        "paramsService": "Mast.Caom.Filtered",
        "position": position,
        "columnsConfig": "Mast.Caom.Cone",
        "title": "MAST:  Advanced Search 3",
    }


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("M101", "collection=observations&q=M101"),
        ("210.8025,54.349083", "collection=observations&q=210.8025,54.349083"),
        ("%7B%22service%22:%22CAOMDB%22,%22inputText%22:%22M101%22%7D", "collection=observations&q=M101"),
        (
            {"service": "CAOMDB", "inputText": "TIC 261136679", "paramsService": "Mast.Caom.Cone", "columns": "*"},
            "collection=observations&q=TIC%20261136679",
        ),
        (
            {"service": "CAOMBYOBS", "inputText": "jw02736-o001", "paramsService": "Mast.Caom.SearchByObsID.v1"},
            "collection=obsids&q=jw02736-o001",
        ),
        ({"service": "CAOMBYOBS", "inputText": ["a1b2", "n4ro01020"]}, "collection=obsids&q=a1b2,%20n4ro01020"),
        (
            {"service": "CAOMBYPROPOSAL", "inputText": 1073},
            "collection=proposals&q=1073",
        ),
    ],
)
def test_a_link_is_the_same_search_here(link: str | dict[str, Any], expected: str) -> None:
    assert address(link) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"paramName": "obs_collection", "values": ["JWST", "HST"]}, "obs_collection=HST&obs_collection=JWST"),
        ({"paramName": "t_min", "values": [{"min": 59000, "max": 60000.5}], "isDate": True}, "t_min=59000..60000.5"),
        ({"paramName": "t_exptime", "values": {"min": 10}, "facetType": "numeric"}, "t_exptime=10.."),
        ({"paramName": "em_max", "values": [], "max": 900}, "em_max=..900"),
        ({"paramName": "proposal_pi", "freeText": "*Espinoza*", "values": []}, "proposal_pi=*Espinoza*"),
        ({"paramName": "proposal_pi", "values": ["Espinoza, Nestor"]}, "proposal_pi=Espinoza,%20Nestor"),
        ({"paramName": "target_name", "values": ["!A,B"]}, "target_name=%22%21A,B%22"),
        ({"paramName": "mtFlag", "values": [True]}, "mtFlag=true"),
        (
            {"paramName": "dataRights", "values": ["PUBLIC", "PROPRIETARY"]},
            "dataRights=EXCLUSIVE_ACCESS&dataRights=PUBLIC",
        ),
    ],
)  # fmt: skip
def test_filters_become_criteria(given: dict[str, Any], expected: str) -> None:
    assert address(filtered(given)) == f"collection=observations&{expected}"


def test_a_position_of_a_filtered_link_is_a_cone() -> None:
    link = filtered({"paramName": "obs_collection", "values": ["JWST"]}, position="210.8, -54.3, 0.2")
    assert address(link) == "collection=observations&q=210.8%20-54.3%20r%3D0.2&obs_collection=JWST"


def test_what_has_no_place_is_named_and_the_rest_offered() -> None:
    link = filtered({"paramName": "vista", "niceName": "Vista", "values": ["x"]}, position="1, 2, 3")
    with pytest.raises(PermalinkError) as refused:
        address(link)
    assert refused.value.text == "Not carried over: Vista."
    assert refused.value.query == "collection=observations&q=1%202%20r%3D3"


def test_a_catalogue_that_is_not_here_is_named_and_its_target_offered() -> None:
    with pytest.raises(PermalinkError) as refused:
        address({"service": "GAIADR2", "inputText": "M 31"})
    assert "GAIADR2" in refused.value.text
    assert refused.value.query == "collection=observations&q=M%2031"


@pytest.mark.parametrize(
    "link",
    [
        "x" * (MAX_LENGTH + 1),
        "{" * 5000,
        '{"a":' + "[" * 15_000,
        '{"service": "CAOMFILTERED", "inputText": ' + '{"a":' * 3000 + "1" + "}" * 3001,
        "{}",
        '{"service": ["CAOMDB"], "inputText": "M 31", "x": null',
        '{"service": "CAOMDB", "inputText": [[["M31"]]]}',
        '{"service": "CAOMDB", "inputText": 1e999}',
        '{"service": "CAOMDB", "inputText": NaN}',
        '{"service": "CAOMDB", "inputText": null}',
        '{"service": "CAOMFILTERED", "inputText": "M31"}',
        '{"service": "CAOMFILTERED", "inputText": [1, null, "x", []]}',
        '{"service": "CAOMFILTERED", "inputText": [{"paramName": "constructor", "values": ["x"]}]}',
        '{"service": "CAOMFILTERED", "inputText": [{"paramName": {"a": 1}, "values": [{}]}]}',
        '{"service": "CAOMFILTERED", "inputText": [{"paramName": "q", "values": ["M31"]}]}',
        '{"service": "CAOMFILTERED", "inputText": [{"paramName": "obs_id", "values": ["\\u0000"]}]}',
        '{"service": "CAOMFILTERED", "inputText": [], "position": "a, b, c"}',
        "1" * 5000,
        "\0",
        '{"service": "CAOMDB", "inputText": "\\ud800"}',
    ],
)
def test_a_hostile_link_is_refused_with_a_word(link: str) -> None:
    with pytest.raises(PermalinkError) as refused:
        criteria_of(link)
    assert refused.value.text
    assert refused.value.remedy
