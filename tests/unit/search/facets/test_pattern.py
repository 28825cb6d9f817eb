"""The keyword filter's patterns: what PostgreSQL finds with them is what Python's own `re` finds."""

import re

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from search.facets.pattern import LONGEST, translated
from search.operators import ConstraintError

pytestmark = pytest.mark.django_db

VALUES = [
    "jw00797011001_02101", "jw00797-o011_t001", "jw00797-o012", "NGC 6720", "ngc-6720", "M101", "F200W;CLEAR", "a.b",
    "a+b", "100%", "C:\\x", "[x]", "x{2}", "tab\there", "Barlow, Michael", "ODK369FDQ", "", "^caret$", "5-6", "aaa",
    "a_b",
]  # fmt: skip


def found_by_the_database(pattern: str, values: list[str]) -> list[bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT value ~* %s FROM unnest(%s::text[]) WITH ORDINALITY AS v(value, n) ORDER BY n",
            [translated(pattern), values],
        )
        return [found for (found,) in cursor.fetchall()]


def found_by_python(pattern: str, values: list[str]) -> list[bool]:
    return [re.search(pattern, value, re.IGNORECASE | re.ASCII) is not None for value in values]


@pytest.mark.parametrize(
    "pattern",
    [
        "ngc|m101", "odk369fdq", "jw00797(011|-o011)", r"^jw\d{5}", r"\bo011", r"\d+W", r"[a-c]\+[^x]", r"a\.b", "a.b",
        r"\[x\]", r"x\{2\}", r"\\", "%", "_", r"^$", r"\S,\s\w", r"(?:F200W|F444W);", "a{2,3}$", "a{4}", "a+?", "()",
        "|x",
        r"[\d\s-]6", r"[a\]]", r"\^caret\$", r"[\^x]", "[^a-z0-9]", r"\Bgc", r"\W", r"\D6", "5-6", "a{1,}",
    ],
)  # fmt: skip
def test_a_pattern_finds_what_python_finds(pattern: str) -> None:
    assert found_by_the_database(pattern, VALUES) == found_by_python(pattern, VALUES)


ATOMS = st.one_of(
    st.sampled_from([r"\d", r"\w", r"\s", ".", "[a-f]", "[^0-9]", r"[\d-]", r"\.", r"\(", "^", "$", r"\b"]),
    st.sampled_from(list("abM0119 -_;:%&#~=")),
)
PIECES = st.builds(
    lambda atom, repeat: atom + (repeat if atom not in {"^", "$", r"\b"} else ""),
    ATOMS,
    st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{0,3}"]),
)
BRANCHES = st.lists(PIECES, min_size=1, max_size=4).map("".join)
PATTERNS = st.one_of(BRANCHES, st.tuples(BRANCHES, BRANCHES).map(lambda two: f"({two[0]}|{two[1]})"))


@settings(deadline=None)
@given(PATTERNS, st.lists(st.text("abM019 -_;:%&#.(", max_size=8), min_size=1, max_size=6))
def test_any_pattern_of_the_subset_finds_what_python_finds(pattern: str, values: list[str]) -> None:
    assert found_by_the_database(pattern, values) == found_by_python(pattern, values)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+", "(a*)*b", "(a|b+){2}", "((a?)b)*", "a**", "a+*", "*a", "+", "?", "{2}", "a{", "a{x}", "a{3,2}",
        "a{51}",
        "a{9999}", r"(a)\1", r"\0", "(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)", "(?i)a", "(", ")", "a)b", "[", "[]",
        "[z-a]",
        "\\", r"\q", r"\x41", r"[\q]", "^*", r"\b+", "a" * (LONGEST + 1), "[a",
    ],
)  # fmt: skip
def test_what_is_not_taken_is_refused_with_the_remedy(pattern: str) -> None:
    with pytest.raises(ConstraintError) as refused:
        translated(pattern)
    assert "Keyword/Text Filter" in refused.value.text
    assert refused.value.remedy.endswith(".")


@settings(deadline=None)
@given(st.text(max_size=40).filter(lambda text: "\0" not in text and text.isprintable()))
def test_any_text_is_refused_or_understood_by_the_database(pattern: str) -> None:
    try:
        translated(pattern)
    except ConstraintError:
        return
    found_by_the_database(pattern, ["x"])
