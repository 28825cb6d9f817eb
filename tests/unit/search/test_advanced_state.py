"""What the boxes of Advanced Search stand for, and the page's address."""

import pytest
from django.http import QueryDict

from search.advanced.actions import after
from search.advanced.boxes import BoxError, Boxes, boxes_of, expression_of, is_expression
from search.advanced.fields import FIELD, FIELDS, OBJECT
from search.advanced.state import State, parse_state
from search.columns import OBSERVATION_COLUMNS, REGION, by_name
from search.criteria import CriteriaError

COLUMNS = by_name(OBSERVATION_COLUMNS)


def state_of(query: str) -> State:
    return parse_state(QueryDict(query))


# Boxes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [
        ("500", "5000", "500..5000"),
        ("500", "", "500.."),
        ("", " 5000 ", "..5000"),
        ("", "", ""),
        (">=500", "<=5000", "500..5000"),
        ("1,000", "25,000", "1000..25000"),
        (">500", "", ">500"),
        ("", "<500", "<500"),
        ("1, 3", "", "1, 3"),
        ("!3", "", "!3"),
        ("2022-07-12", "2022-08-01 06:30", "2022-07-12..2022-08-01 06:30"),
        ("-30", "-10", "-30..-10"),
    ],
)
def test_two_boxes_say_one_value(low: str, high: str, value: str) -> None:
    assert expression_of(low, high) == value


@pytest.mark.parametrize(("low", "high"), [("1..3", "5"), (">5", "9"), ("1", "!3")])
def test_an_expression_stands_alone(low: str, high: str) -> None:
    with pytest.raises(BoxError, match="whole expression") as caught:
        expression_of(low, high)
    assert (caught.value.low, caught.value.high) == (low, high)


@pytest.mark.parametrize(
    ("values", "boxes"),
    [
        ((), Boxes()),
        (("500..5000",), Boxes("500", "5000")),
        (("..5000",), Boxes("", "5000")),
        (("!3",), Boxes("!3")),
        (("1..2, 5..6",), Boxes("1..2, 5..6")),
        (("1..2", ">9"), Boxes("1", "2", (">9",))),
    ],
)
def test_boxes_show_the_first_value_and_list_the_others(values: tuple[str, ...], boxes: Boxes) -> None:
    assert boxes_of(values) == boxes


@pytest.mark.parametrize("value", ["500..5000", "500..", "..5000", "!3", ">5", "1..2, 5..6"])
def test_what_the_boxes_show_says_the_same_again(value: str) -> None:
    boxes = boxes_of([value])
    assert expression_of(boxes.low, boxes.high) == value


@pytest.mark.parametrize(
    ("column", "text", "is_one"),
    [
        ("instrument_name", "MIRI*", True),
        ("instrument_name", "MIR", False),
        ("instrument_name", "!MIRI/IFU", True),
        ("instrument_name", "MIRI/IFU, MIRI/IMAGE", True),
        ("instrument_name", '"MIRI/IFU"', True),
        ("calib_level", ">=2", True),
        ("calib_level", "2", False),
        ("calib_level", "sci", False),
        ("calib_level", "2*", True),
        ("mtFlag", "ye", False),
        ("filters", "", False),
    ],
)
def test_a_text_above_values_narrows_them_unless_it_is_an_expression(column: str, text: str, is_one: bool) -> None:
    assert is_expression(COLUMNS[column], text) is is_one


# Fields --------------------------------------------------------------------------------------------------------------


def test_every_criterion_of_the_specification_is_offered_once() -> None:
    labels = [COLUMNS[field.name].label for field in FIELDS if field.name not in {OBJECT, REGION.name}]
    assert len(labels) == len(set(labels)) == 30
    assert {"Mission", "Data Rights", "Moving Target", "Number of Catalog Objects", "Product Group ID"} <= {*labels}


def test_the_first_dialogs_are_those_of_the_original_configuration() -> None:
    assert [str(dialog) for dialog in state_of("").shown] == [
        "q", "-intentType", "obs_collection", "instrument_name", "-filters", "-target_name", "-target_classification",
        "s_ra", "s_dec", "-region", "proposal_id", "proposal_pi", "dataproduct_type", "-t_min", "t_max", "-t_exptime",
    ]  # fmt: skip


# The address ---------------------------------------------------------------------------------------------------------


def test_the_form_and_the_address_say_one_state() -> None:
    form = state_of("from.t_exptime=500&to.t_exptime=&find.instrument_name=MIRI*&find.filters=f2&by=&by=filters")
    assert form.to_query_string() == (
        "collection=observations&instrument_name=MIRI*&t_exptime=500..&find.filters=f2&by=filters"
    )
    assert state_of(form.to_query_string()).to_query_string() == form.to_query_string()


def test_filters_and_the_page_of_a_result_are_left_behind() -> None:
    address = "obs_collection=JWST&f.state=public&page=abc&sort=-t_min&size=250"
    assert state_of(address).to_query_string() == ("collection=observations&obs_collection=JWST&sort=-t_min&size=250")


def test_a_criterion_opens_its_dialog() -> None:
    shown = {dialog.name: dialog.folded for dialog in state_of("filters=F200W&proposal_type=GO").shown}
    assert shown["filters"] is False
    assert shown["proposal_type"] is False


def test_dialogs_come_fold_and_go() -> None:
    state = state_of("dialogs=obs_collection")
    assert after(state, "toggle:filters").dialogs_word == "obs_collection,filters"
    assert after(state, "toggle:obs_collection").dialogs_word == "none"
    assert after(state, "fold:obs_collection").dialogs_word == "-obs_collection"
    assert after(after(state, "fold:obs_collection"), "fold:obs_collection").dialogs_word == "obs_collection"
    assert after(state, "hide").dialogs_word == "none"
    assert after(state, "defaults").dialogs_word == state_of("").dialogs_word


def test_criteria_go_one_by_one_or_all() -> None:
    state = state_of("q=M57&obs_collection=JWST&filters=F200W")
    assert "filters" not in after(state, "remove:filters").to_query_string().partition("&dialogs")[0]
    assert "q=M57" not in after(state, "remove:q").to_query_string()
    cleared = after(state, "clear")
    assert cleared.criteria.is_blank
    assert cleared.shown == state.shown


def test_the_list_of_columns_keeps_its_order_when_a_dialog_comes() -> None:
    state = after(state_of("dialogs=t_min,q"), "toggle:obs_collection")
    assert state.dialogs_word == "q,obs_collection,t_min"


@pytest.mark.parametrize(
    "address",
    [
        "dialogs=nonsense", "by=nonsense", "find.nonsense=1", "from.nonsense=1", "to.filters=1", "find.t_min=1",
        "nonsense=1", "collection=nonsense", "find.filters=%00", "filters=" + "x" * 501,
    ],
)  # fmt: skip
def test_what_the_page_does_not_know_is_refused(address: str) -> None:
    with pytest.raises(CriteriaError):
        state_of(address)


@pytest.mark.parametrize("action", ["nonsense", "toggle", "toggle:nonsense", "clear:filters", "fold:"])
def test_unknown_buttons_are_refused(action: str) -> None:
    with pytest.raises(CriteriaError):
        after(state_of(""), action)


def test_every_field_keeps_its_example_through_the_form() -> None:
    for name, field in FIELD.items():
        parameter = {"values": f"find.{name}", "range": f"from.{name}"}.get(field.control, name)
        query = QueryDict(mutable=True)
        query[parameter] = field.example
        state = parse_state(query)
        kept = state.values(name) or (state.find.get(name),) if name != OBJECT else (state.criteria.q or field.example,)
        assert kept[0] in {field.example, f"{field.example}.."}
