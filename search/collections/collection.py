"""The shape of a collection: how it looks in the search panel, and how it turns the box's text into a question."""

from collections.abc import Callable
from dataclasses import dataclass

from search import formats
from search.columns import REGION, Column, SortKey
from search.messages import Message, SearchError
from search.query import Constraint, Observations


class QuestionError(SearchError):
    """The text of the search box cannot be answered: title, cause and remedy."""

    def __init__(self, code: str, title: str, text: str, remedy: str = "", query: str = "") -> None:
        super().__init__(text, remedy, query)
        self.code = code
        self.title = title


@dataclass(frozen=True)
class Elsewhere:
    """Another resolver's position of the same name, ICRS, and how far it is from the one that was taken."""

    resolver: str
    ra_deg: float
    dec_deg: float
    separation_deg: float

    @property
    def sexagesimal(self) -> str:
        return f"{formats.sexagesimal_ra(self.ra_deg)} {formats.sexagesimal_dec(self.dec_deg)}"


@dataclass(frozen=True)
class FoundTarget:
    """Where on the sky a search looked.

    ``name`` is the canonical name, empty for typed coordinates; angles in degrees, ICRS. ``resolver`` says who knew the
    name; ``elsewhere`` are other resolvers' positions of the same name that differ from it.
    """

    name: str
    ra_deg: float
    dec_deg: float
    radius_deg: float
    resolver: str = ""
    object_type: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def sexagesimal(self) -> str:
        return f"{formats.sexagesimal_ra(self.ra_deg)} {formats.sexagesimal_dec(self.dec_deg)}"

    @property
    def degrees(self) -> str:
        return f"{formats.degrees(self.ra_deg)} {formats.degrees(self.dec_deg, signed=True)}"

    @property
    def radius(self) -> str:
        """``12′``; ``0″`` means the exact point."""
        return formats.angle(self.radius_deg)


#: What a collection has to say once its rows were counted: the observations that match everything but the box's own
#: constraints, how many matched with them, and what turns another text of the box into a query string.
Remark = Callable[[Observations, int, Callable[[str], str]], tuple[Message, ...]]


@dataclass(frozen=True)
class Question:
    """What the search box's text means.

    ``title`` is what a tab or a page is called by ("NGC 6720", "Programs 1073, 2736"); ``target`` is there for searches
    around a position; ``sort`` is the order of rows when nobody chose one; ``remark`` may add messages to the answer.
    """

    title: str
    constraints: tuple[Constraint, ...]
    sort: tuple[SortKey, ...]
    target: FoundTarget | None = None
    remark: Remark | None = None


@dataclass(frozen=True)
class Collection:
    """One entry of the search panel's menu.

    ``hint`` stands in the empty box, ``help_text`` below it, ``examples`` are texts that a click fills in. ``ask``
    turns the box's text into a `Question` or raises `SearchError`.
    """

    slug: str
    label: str
    hint: str
    help_text: str
    examples: tuple[str, ...]
    columns: tuple[Column, ...]
    ask: Callable[[str], Question]
    #: What the help beside the box tells: something to type, and what it means.
    forms: tuple[tuple[str, str], ...]
    #: The order of rows for criteria alone, with nothing in the box.
    sort: tuple[SortKey, ...]
    example_sort: str = "-t_min,obs_id"

    @property
    def asked(self) -> tuple[Column, ...]:
        """What criteria and filters may be about: the columns, and the region."""
        return (*self.columns, REGION)
