"""What a box understands, against the grammar of the documentation and against Python on the same values."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.columns import OBSERVATION_COLUMNS, Column, by_name
from search.operator_help import help_lines
from search.operators import (
    ConstraintError,
    Exactly,
    Like,
    Operand,
    Span,
    literal,
    literals,
    operands,
)

COLUMNS = by_name(OBSERVATION_COLUMNS)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)


def read(column: str, *texts: str) -> tuple[Operand, ...]:
    return operands(COLUMNS[column], texts)


@pytest.mark.parametrize(
    ("column", "text", "wanted"),
    [
        ("instrument_name", "MIRI/IFU", (Operand(Exactly("MIRI/IFU")),)),
        ("instrument_name", "MIRI*", (Operand(Like(("MIRI", ""))),)),
        ("instrument_name", "!MIRI%", (Operand(Like(("MIRI", "")), negated=True),)),
        ("instrument_name", '"MIRI*"', (Operand(Exactly("MIRI*")),)),
        ("filters", "F200W, F444W", (Operand(Exactly("F200W")), Operand(Exactly("F444W")))),
        ("filters", " F200W ,, !F444W ", (Operand(Exactly("F200W")), Operand(Exactly("F444W"), negated=True))),
        ("proposal_pi", "Espinoza, Nestor", (Operand(Exactly("Espinoza, Nestor")),)),
        (
            "proposal_pi",
            '"Espinoza, Nestor", "Sand, David"',
            (Operand(Exactly("Espinoza, Nestor")), Operand(Exactly("Sand, David"))),
        ),
        ("proposal_pi", '!"Sand, ""D"""', (Operand(Exactly('Sand, "D"'), negated=True),)),
        ("target_name", '""', (Operand(Exactly("")),)),
        ("target_name", "A..M", (Operand(Span("A", "M")),)),
        ("target_name", ">=NGC", (Operand(Span(low="NGC")),)),
        ("proposal_id", "1000..2000", (Operand(Span(1000, 2000)),)),
        ("proposal_id", "<2000", (Operand(Span(high=2000, with_high=False)),)),
        ("t_exptime", "100..500", (Operand(Span(100.0, 500.0)),)),
        ("t_exptime", "100..", (Operand(Span(low=100.0)),)),
        ("t_exptime", "..1e3", (Operand(Span(high=1000.0)),)),
        ("t_exptime", "> 5, <= 2", (Operand(Span(5.0, with_low=False)), Operand(Span(high=2.0)))),
        ("t_exptime", "≥5", (Operand(Span(low=5.0)),)),
        ("s_dec", "−10..-5", (Operand(Span(-10.0, -5.0)),)),
        ("t_exptime", "!7", (Operand(Span(7.0, 7.0), negated=True),)),
        ("calib_level", "-1, 3", (Operand(Span(-1, -1)), Operand(Span(3, 3)))),
        ("mtFlag", "!true", (Operand(Exactly(True), negated=True),)),
        ("t_min", "59772..59780", (Operand(Span(59772.0, 59780.0)),)),
        ("t_min", "2022-07-12", (Operand(Span(59772.0, 59773.0, with_high=False)),)),
        ("t_min", "2022-07", (Operand(Span(59761.0, 59792.0, with_high=False)),)),
        ("t_min", "2022-07-12..2022-07-13", (Operand(Span(59772.0, 59774.0, with_high=False)),)),
        ("t_min", ">2022-07-12", (Operand(Span(low=59773.0)),)),
        ("t_min", ">=2022-07-12 12:00", (Operand(Span(low=59772.5)),)),
        ("t_min", "<=2022-07-12", (Operand(Span(high=59773.0, with_high=False)),)),
        ("t_min", "<2022-07-12T12:00Z", (Operand(Span(high=59772.5, with_high=False)),)),
    ],
)
def test_a_box_says(column: str, text: str, wanted: tuple[Operand, ...]) -> None:
    assert read(column, text) == wanted


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("instrument_name", "MI*RI*"),
        ("instrument_name", "MIRI*, NIR*"),
        ("instrument_name", "*"),
        ("instrument_name", "%A%"),
        ("instrument_name", "!"),
        ("instrument_name", ","),
        ("instrument_name", '"MIRI'),
        ("instrument_name", '"MIRI" x'),
        ("instrument_name", ">"),
        ("instrument_name", "M*..N"),
        ("filters", "A..F"),
        ("t_exptime", "MIRI*"),
        ("t_exptime", "5*"),
        ("t_exptime", ".."),
        ("t_exptime", "5..1"),
        ("t_exptime", "1..2..3"),
        ("t_exptime", "nan"),
        ("t_exptime", "inf"),
        ("t_exptime", "1e999"),
        ("t_exptime", "0x10"),
        ("t_exptime", "1_000"),
        ("t_exptime", ">>5"),
        ("t_exptime", "!!5"),
        ("t_exptime", "1; DROP TABLE archive_observation"),
        ("calib_level", "2.5"),
        ("proposal_id", "1000..x"),
        ("t_min", "2022-13-01"),
        ("t_min", "2022-02-30"),
        ("t_min", "2022-07-12..2022-07-01"),
        ("t_min", "yesterday"),
        ("mtFlag", "perhaps"),
        ("state", "secret"),
        ("t_min", "\u0663"),
        ("s_ra", "١٢"),
    ],
)
def test_what_a_box_cannot_say_names_the_column_and_the_remedy(column: str, text: str) -> None:
    with pytest.raises(ConstraintError) as refused:
        read(column, text)
    assert COLUMNS[column].label in refused.value.text
    assert refused.value.remedy.endswith(".")


@given(st.sampled_from(OBSERVATION_COLUMNS), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_is_read_or_refused_with_a_remedy(column: Column, texts: list[str]) -> None:
    refusal = None
    try:
        operands(column, texts)
    except ConstraintError as error:
        refusal = error
    assert refusal is None or (refusal.text and refusal.remedy)


@given(st.sampled_from([column for column in OBSERVATION_COLUMNS if column.kind in {"text", "list"}]), TEXTS)
def test_a_value_written_as_a_literal_is_read_back_as_itself(column: Column, value: str) -> None:
    text = literal(column, value)
    assert operands(column, [text]) == (Operand(Exactly(value)),)
    assert literals(column, [text]) == frozenset({value})


def test_plain_values_stay_as_they_are() -> None:
    assert literal(COLUMNS["instrument_name"], "NIRCAM/IMAGE") == "NIRCAM/IMAGE"
    assert literal(COLUMNS["proposal_pi"], "Espinoza, Nestor") == "Espinoza, Nestor"
    assert literal(COLUMNS["filters"], "A,B") == '"A,B"'
    assert literal(COLUMNS["filters"], "!A") == '"!A"'
    assert literal(COLUMNS["target_name"], "") == '""'


def test_ticks_are_told_from_everything_else() -> None:
    assert literals(COLUMNS["filters"], ["F200W, F444W"]) == frozenset({"F200W", "F444W"})
    assert literals(COLUMNS["calib_level"], ["-1", "3"]) == frozenset({"-1", "3"})
    assert literals(COLUMNS["filters"], ["!F200W"]) is None
    assert literals(COLUMNS["filters"], ["F2*"]) is None
    assert literals(COLUMNS["calib_level"], ["1..3"]) is None


@pytest.mark.parametrize("column", OBSERVATION_COLUMNS, ids=lambda column: column.name)
def test_every_example_of_the_help_can_be_typed(column: Column) -> None:
    for line in help_lines(column):
        assert operands(column, [line.example])
        assert line.meaning


NUMBERS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda x, y: x >= y,
    ">": lambda x, y: x > y,
    "<=": lambda x, y: x <= y,
    "<": lambda x, y: x < y,
}


@given(st.sampled_from(sorted(NUMBERS)), st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_comparisons_mean_what_they_say(sign: str, bound: int, value: int) -> None:
    (operand,) = read("t_exptime", f"{sign}{bound}")
    span = operand.what
    assert isinstance(span, Span)
    above = span.low is None or (value >= span.low if span.with_low else value > span.low)  # type: ignore[operator]
    below = span.high is None or (value <= span.high if span.with_high else value < span.high)  # type: ignore[operator]
    assert (above and below) == NUMBERS[sign](value, bound)
