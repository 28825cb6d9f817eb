"""What a link of the resolver chain is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Resolution:
    """A name's position: degrees, ICRS. ``radius_deg`` is half the object's size, None where it is not known.

    ``others`` are the answers of the other services that one look-up asked.
    """

    canonical_name: str
    ra_deg: float
    dec_deg: float
    resolver: str
    radius_deg: float | None = None
    object_type: str = ""
    others: tuple["Resolution", ...] = ()


class UnreachableError(Exception):
    """The resolver could not be asked, so that nobody knows whether it knows the name."""


class Link(Protocol):
    """One resolver.

    ``network`` links are asked last by custom, and their answers are kept in the database. A ``free`` link costs
    neither a network nor a query, so that it is asked also when another has answered, to tell where the two differ.
    """

    name: str
    network: bool
    free: bool

    def look_up(self, name: str) -> Resolution | None:
        """The position of ``name``, None when this resolver does not know it.

        Raises
        ------
        UnreachableError : the resolver did not answer in time, or not in a form that can be read.
        """
        ...

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        """The positions of those of ``names`` that this resolver knows, as `look_up` gives them.

        Raises
        ------
        UnreachableError : as `look_up`.
        """
        ...
