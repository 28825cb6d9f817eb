"""Create Columns: columns that a person computes from others, in the address as ``c.minutes=t_exptime/60``.

    created    := expression [ "[" unit "]" ]
    expression := operand ( "+" | "-" | "*" | "/" ) operand | ( "log10" | "exp" | "exp10" ) "(" column ")"
    operand    := column | number

The text is read here and becomes an expression of the database; nothing of it is ever a part of a statement. A row
whose result is no number (a division by zero, the logarithm of what is not positive, a value that is not known) has an
empty cell.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from astropy import units
from django.db.models import Case, Expression, F, FloatField, Func, Q, Value, When
from django.db.models.functions import Abs, Cast, Exp
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThanOrEqual

from archive.columns import OBSERVATION_COLUMN
from search.columns import Column, Kind, by_name
from search.messages import SearchError

PREFIX = "c."
MAX_CREATED = 10
MAX_EXPRESSION_LENGTH = 120
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}", re.ASCII)
_OPERAND = r"([A-Za-z_][A-Za-z0-9_]*|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_TWO = re.compile(rf"\s*{_OPERAND}\s*([-+*/×÷−])\s*{_OPERAND}\s*", re.ASCII)
_ONE = re.compile(r"\s*(log10|exp10|exp)\s*\(\s*([A-Za-z_][A-Za-z0-9_]*)\s*\)\s*", re.ASCII)
_UNIT = re.compile(r"\s*\[([^\[\]]*)\]\s*")
MAX_UNIT_LENGTH = 20
_SIGNS = {"×": "*", "÷": "/", "−": "-"}
OPERATIONS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
FUNCTIONS = {
    "log10": "log10, the logarithm to base 10",
    "exp": "exp, e to its power",
    "exp10": "exp10, 10 to its power",
}
_NUMBERS = {Kind.NUMBER, Kind.WHOLE, Kind.DATE, Kind.RA, Kind.DEC}
#: Numbers beyond these sizes cannot be multiplied without an overflow; no column of an archive has such.
SMALLEST, LARGEST = 1e-150, 1e150
_LARGEST_EXPONENT = {"exp": 600.0, "exp10": 300.0}
_VO_UNITS = {"MJD": "d", "sec": "s"}

Operand = Column | float


class CreateColumnError(SearchError):
    code = "create-column"
    title = "This column cannot be created"


@dataclass(frozen=True)
class Created:
    """A created column: its name, what it is computed from in canonical spelling, and the column of the grid."""

    name: str
    expression: str
    column: Column
    #: ``+ - * /`` of two operands, or a function of one.
    operation: str
    operands: tuple[Operand, ...]

    @property
    def sql(self) -> Expression:
        """The column's values; NULL where the result is no number."""
        values = [_sql_of(operand) for operand in self.operands]
        usable = Q()
        for operand, value in zip(self.operands, values, strict=True):
            usable &= _usable(value) if isinstance(operand, Column) else Q()
        if self.operation in FUNCTIONS:
            return _function(self.operation, values[0], usable)
        first, second = values
        if self.operation == "/":
            usable &= ~Q(Exact(second, Value(0.0)))
        results = {"+": first + second, "-": first - second, "*": first * second, "/": first / second}
        return Case(When(usable, then=results[self.operation]), output_field=FloatField())


def numeric_columns(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns that can be computed with."""
    return tuple(
        column for column in columns if column.kind in _NUMBERS and column.name != "obsid" and not column.expression
    )


def read_created(name: str, text: str, columns: tuple[Column, ...], reserved: Iterable[str]) -> Created:
    """The column that ``c.<name>=<text>`` creates.

    Raises
    ------
    CreateColumnError : a name that is taken or no word, a text that is no expression, columns that are no numbers.
    """
    _check_name(name, columns, reserved)
    if len(text) > MAX_EXPRESSION_LENGTH:
        raise CreateColumnError(
            f"An expression of {len(text):,} characters is too long.",
            f"Give at most {MAX_EXPRESSION_LENGTH}: two columns, or a column and a number.",
        )
    text, given_unit = _unit_apart(text)
    named = by_name(numeric_columns(columns))
    operands: tuple[Operand, ...]
    if one := _ONE.fullmatch(text):
        operation, operands = one[1], (_operand(one[2], named),)
        expression = f"{operation}({one[2]})"
    elif two := _TWO.fullmatch(text):
        operation = _SIGNS.get(two[2], two[2])
        operands = (_operand(two[1], named), _operand(two[3], named))
        expression = f"{_word(operands[0])}{operation}{_word(operands[1])}"
    else:
        raise _unreadable(text)
    used = tuple(operand for operand in operands if isinstance(operand, Column))
    if not used:
        raise CreateColumnError("Nothing but numbers stands in the expression.", "Name a column, as in t_exptime/60.")
    own_unit = _unit(operation, operands)
    expression += f"[{given_unit}]" if given_unit else ""
    column = _column(name, expression, given_unit or own_unit, _told(operation, operands), used)
    return Created(name, expression, column, operation, operands)


def _unit_apart(text: str) -> tuple[str, str]:
    """An expression and the unit in brackets at its end, in the spelling of the Virtual Observatory."""
    start = text.rfind("[")
    found = _UNIT.fullmatch(text, start) if start >= 0 else None
    word = found[1].strip() if found else ""
    if not word:
        return text, ""
    try:
        unit: str = units.Unit(word, format="vounit").to_string("vounit") if len(word) <= MAX_UNIT_LENGTH else ""
    except (ValueError, TypeError):
        unit = ""
    if not unit:
        raise CreateColumnError(f"“{_short(word)}” is not read as a unit.", "Write it as min, deg, um or km/s.")
    return text[:start], unit


def _check_name(name: str, columns: tuple[Column, ...], reserved: Iterable[str]) -> None:
    if not _NAME.fullmatch(name):
        raise CreateColumnError(
            f"“{_short(name)}” cannot be the name of a column.",
            "Begin with a letter; letters, digits and underscores may follow, 30 in all.",
        )
    if name.lower() in {taken.lower() for taken in (*(column.name for column in columns), *reserved)}:
        raise CreateColumnError(f"The name “{name}” is taken.", "Choose another name.")


def _unreadable(text: str) -> CreateColumnError:
    return CreateColumnError(
        f"“{_short(text)}” is not read as an expression.",
        "Write two columns or a column and a number with + - * / between them, or log10(…), exp(…), exp10(…) of a "
        "column. In an address + is %2B.",
    )


def _operand(word: str, named: dict[str, Column]) -> Operand:
    if word[0].isalpha() or word[0] == "_":
        if word not in named:
            raise CreateColumnError(f"“{_short(word)}” is no column of numbers.", f"Choose one of {', '.join(named)}.")
        return named[word]
    number = float(word)
    vanished = not number and re.search("[1-9]", word.lower().partition("e")[0])
    if vanished or (number and not SMALLEST <= abs(number) <= LARGEST):
        raise CreateColumnError(f"The number {_short(word)} is out of range.", "Give one between 1e-150 and 1e150.")
    return number


def _word(operand: Operand) -> str:
    return operand.name if isinstance(operand, Column) else f"{operand:.15g}"


def _column(name: str, expression: str, unit: str, told: str, used: tuple[Column, ...]) -> Column:
    return Column(
        name=name,
        label=name.replace("_", " "),
        field=f"created_{name}",
        kind=Kind.NUMBER,
        unit=unit,
        width_px=120,
        decimals=4,
        cones_only=any(column.cones_only for column in used),
        description=f"Created column: {told}.",
        expression=expression,
    )


def _told(operation: str, operands: tuple[Operand, ...]) -> str:
    words = [
        f"{one.label} ({unit})" if isinstance(one, Column) and (unit := _published_unit(one)) else _label(one)
        for one in operands
    ]
    if operation in FUNCTIONS:
        return f"{operation} of {words[0]}"
    return f"{words[0]} {OPERATIONS[operation]} {words[1]}"


def _label(operand: Operand) -> str:
    return operand.label if isinstance(operand, Column) else _word(operand)


# Units ---------------------------------------------------------------------------------------------------------------


def _published_unit(column: Column) -> str:
    """The unit of the stored values, in the spelling of the Virtual Observatory."""
    if column.cones_only:
        return "arcsec"
    unit = OBSERVATION_COLUMN[column.name].unit if column.name in OBSERVATION_COLUMN else ""
    return _VO_UNITS.get(unit, unit)


def _unit(operation: str, operands: tuple[Operand, ...]) -> str:
    if operation in FUNCTIONS:
        return ""
    first, second = (_published_unit(one) if isinstance(one, Column) else "" for one in operands)
    if operation in "+-":
        if all(isinstance(one, Column) for one in operands) and first != second:
            raise CreateColumnError(
                f"{_label(operands[0])} is in {first or 'no unit'}, {_label(operands[1])} in {second or 'no unit'}.",
                "Add and subtract columns of one unit, or multiply and divide.",
            )
        return first or second
    if not all(isinstance(one, Column) for one in operands):
        return ""  # of a scaled number only its maker knows
    one, other = units.Unit(first), units.Unit(second)
    combined = one * other if operation == "*" else one / other
    written: str = combined.to_string("vounit")
    return written


# In the database -----------------------------------------------------------------------------------------------------


def _sql_of(operand: Operand) -> Cast | Value:
    return Cast(F(operand.field), FloatField()) if isinstance(operand, Column) else Value(operand, FloatField())


def _usable(value: Expression) -> Q:
    """Numbers that can be computed with: no NaN, nothing infinite, nothing that overflows or vanishes."""
    size = Abs(value)
    return Q(LessThanOrEqual(size, Value(LARGEST))) & (
        Q(Exact(value, Value(0.0))) | Q(GreaterThanOrEqual(size, Value(SMALLEST)))
    )


def _function(name: str, value: Expression, usable: Q) -> Expression:
    if name == "log10":
        result: Expression = Func(value, function="log", output_field=FloatField())
        allowed = usable & Q(GreaterThan(value, Value(0.0)))
    else:
        powers = Func(Value(10.0), value, function="power", output_field=FloatField())
        result = Exp(value) if name == "exp" else powers
        allowed = usable & Q(LessThanOrEqual(Abs(value), Value(_LARGEST_EXPONENT[name])))
    return Case(When(allowed, then=result), output_field=FloatField())


def with_created(columns: tuple[Column, ...], created: Iterable[Created]) -> tuple[Column, ...]:
    """A collection's columns with the created ones behind the first, where they are in sight."""
    return (*columns[:1], *(one.column for one in created), *columns[1:])


def _short(text: str) -> str:
    visible = "".join(character for character in text if character.isprintable())
    return visible if len(visible) <= 40 else visible[:39] + "…"
