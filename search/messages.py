"""What a search says when it has no plain answer: what happened, why, and what to do next."""

import enum
from dataclasses import dataclass


class Tone(enum.StrEnum):
    ERROR = "error"  # nothing could be searched
    EMPTY = "empty"  # searched, and nothing matches
    NOTICE = "notice"  # there are rows, and something worth knowing


@dataclass(frozen=True)
class Choice:
    """Another search that may have been meant."""

    label: str
    query: str


@dataclass(frozen=True)
class Message:
    """A designed answer.

    ``code`` names the condition for templates and tests; ``remedy`` says what to do next. Where that is one search,
    ``query`` is its query string (no leading ``?``) and ``remedy`` the words of its button. ``choices`` are what may
    have been meant, the likeliest first.
    """

    tone: Tone
    code: str
    title: str
    text: str = ""
    remedy: str = ""
    query: str = ""
    choices: tuple[Choice, ...] = ()


class SearchError(ValueError):
    """A search that cannot be run as it was asked; ``remedy`` says what to do instead."""

    code = "not-understood"
    title = "The search was not understood"
    #: What may have been meant.
    choices: tuple[Choice, ...] = ()

    def __init__(self, text: str, remedy: str = "", query: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy
        self.query = query

    def as_message(self) -> Message:
        return Message(Tone.ERROR, self.code, self.title, self.text, self.remedy, self.query, self.choices)
