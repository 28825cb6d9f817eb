"""MAST Observations by Proposal ID: one or more program numbers, of whatever mission."""

import re
from collections.abc import Sequence

from search import query
from search.collections.collection import Collection, Question, QuestionError
from search.columns import OBSERVATION_COLUMNS, SortKey
from search.messages import Message, Tone
from search.query import Observations

MAX_NUMBERS = 100
_SEPARATORS = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"[0-9]{1,18}")
SORT = (SortKey("obs_collection", descending=True), SortKey("proposal_id"), SortKey("t_min"), SortKey("obs_id"))


def ask(text: str) -> Question:
    """The programs whose numbers ``text`` lists."""
    numbers = proposal_numbers(text)
    word = "Program" if len(numbers) == 1 else "Programs"
    shown = ", ".join(numbers[:4]) + (f" and {len(numbers) - 4} more" if len(numbers) > 4 else "")
    return Question(
        title=f"{word} {shown}",
        constraints=(query.of_proposals(numbers),),
        sort=SORT,
        remark=lambda around, total, link: _missing(numbers, around, total),
    )


def _missing(numbers: Sequence[str], around: Observations, total: int) -> tuple[Message, ...]:
    """The numbers that no observation has, when there are such."""
    present = (
        set(query.of_proposals(numbers)(around).order_by().values_list("proposal_id", flat=True).distinct())
        if total
        else set()
    )
    missing = [number for number in numbers if number not in present]
    if not missing:
        return ()
    word = "program" if len(missing) == 1 else "programs"
    shown = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
    return (
        Message(
            Tone.NOTICE if total else Tone.EMPTY,
            "no-rows",
            f"No observation of {word} {shown}",
            "The archive holds none that suits the search.",
            "Check the number, or search by object name.",
        ),
    )


def proposal_numbers(text: str) -> tuple[str, ...]:
    """The unpadded numbers of a list such as ``1073, 02736``, each once, in the order given.

    Raises
    ------
    QuestionError : an entry that is not a number, no number at all, or more than `MAX_NUMBERS`.
    """
    words = [word for word in _SEPARATORS.split(text) if word]
    wrong = [word for word in words if not _NUMBER.fullmatch(word)]
    if wrong:
        shown = ", ".join(f"“{word[:30]}”" for word in wrong[:3])
        raise QuestionError(
            "proposal-number",
            "A proposal ID is a number",
            f"{shown} {'is' if len(wrong) == 1 else 'are'} not.",
            "Give program numbers separated by commas, for instance 1073, 2736.",
        )
    numbers = tuple(dict.fromkeys(word.lstrip("0") or "0" for word in words))
    if not numbers:
        raise QuestionError("proposal-number", "No proposal ID was given", "The search box is empty.", "Give a number.")
    if len(numbers) > MAX_NUMBERS:
        raise QuestionError(
            "proposal-many",
            "Too many proposal IDs",
            f"{len(numbers):,} numbers were given; one search takes up to {MAX_NUMBERS}.",
            "Search in several steps.",
        )
    return numbers


COLLECTION = Collection(
    slug="proposals",
    label="MAST Observations by Proposal ID",
    hint="Program numbers, for instance 1073, 2736",
    help_text="Program numbers, separated by commas. The same number in several missions comes back for each.",
    examples=("2736", "1073, 2736"),
    forms=(
        ("1073, 2736", "up to 100 program numbers, separated by commas or blanks; the rows of any of them"),
        ("01073", "the same as 1073"),
        ("1558", "a number that several missions use finds each: narrow it by Mission"),
    ),
    columns=OBSERVATION_COLUMNS,
    ask=ask,
    sort=SORT,
)
