"""MAST Observations by Proposal ID: one or more program numbers, of whatever mission."""

import re

from search import query
from search.collections.collection import Collection, Question, QuestionError
from search.columns import OBSERVATION_COLUMNS, SortKey

MAX_NUMBERS = 100
_SEPARATORS = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"[0-9]{1,18}")
SORT = (SortKey("obs_collection", descending=True), SortKey("proposal_id"), SortKey("t_min"), SortKey("obs_id"))


def ask(text: str) -> Question:
    """The programs whose numbers ``text`` lists."""
    numbers = proposal_numbers(text)
    word = "Program" if len(numbers) == 1 else "Programs"
    shown = ", ".join(numbers[:4]) + (f" and {len(numbers) - 4} more" if len(numbers) > 4 else "")
    return Question(title=f"{word} {shown}", constraints=(query.of_proposals(numbers),), sort=SORT)


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
            "Give program numbers separated by commas, for instance 1073, 2736. Names go into the search by object name.",
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
    help_text="One or more program numbers, separated by commas. The same number in several missions comes back for each.",
    examples=("2736", "1073, 2736"),
    columns=OBSERVATION_COLUMNS,
    ask=ask,
    sort=SORT,
)
