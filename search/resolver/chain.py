"""The chain of resolvers: the first that knows a name wins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from search.resolver.cache import recall, remember
from search.resolver.exoplanets import Exoplanets
from search.resolver.holdings import Holdings
from search.resolver.identifiers import Identifiers
from search.resolver.interfaces import Link, Resolution, UnreachableError
from search.resolver.openngc import OpenNgc
from search.resolver.sesame import Sesame
from search.resolver.targets import Targets

LINKS: dict[str, Callable[[], Link]] = {
    "holdings": Holdings,
    "identifiers": Identifiers,
    "openngc": OpenNgc,
    "targets": Targets,
    "exoplanets": Exoplanets,
    "sesame": lambda: Sesame(settings.RESOLVER_TIMEOUT_S),
}


@dataclass(frozen=True)
class Finding:
    """What the chain says of a name.

    ``unreachable`` says why a network resolver could not be asked, so that "not known" is only what the others say.
    """

    resolution: Resolution | None
    unreachable: str = ""
    #: What other resolvers say of the same name, where asking them costs nothing.
    others: tuple[Resolution, ...] = ()


def resolve(name: str, links: Sequence[Link] | None = None) -> Finding:
    """The first answer of the chain, the one of the settings unless ``links`` are given."""
    unreachable = ""
    chain = configured() if links is None else tuple(links)
    for link in chain:
        try:
            resolution = _look_up(link, name)
        except UnreachableError as error:
            unreachable = str(error)
            continue
        if resolution:
            return Finding(resolution, others=(*resolution.others, *_others(chain, link, name)))
    return Finding(None, unreachable)


def _others(chain: Sequence[Link], asked: Link, name: str) -> Iterator[Resolution]:
    """What other links say, where asking them costs nothing; of the network, what it has said before."""
    for link in chain:
        if link is asked or not (link.free or link.network):
            continue
        resolution = _recalled(name) if link.network else link.look_up(name)
        if resolution:
            yield from (resolution, *resolution.others)


def _recalled(name: str) -> Resolution | None:
    cached = recall(name)
    return cached.resolution if cached else None


def _look_up(link: Link, name: str) -> Resolution | None:
    """A network link's answer comes from the database while it is fresh. A failure is not an answer."""
    if not link.network:
        return link.look_up(name)
    cached = recall(name)
    if cached is None:
        resolution = link.look_up(name)
        remember(name, resolution)
        return resolution
    return cached.resolution


def configured() -> tuple[Link, ...]:
    return _chain(tuple(settings.RESOLVER))


@cache
def _chain(names: tuple[str, ...]) -> tuple[Link, ...]:
    """The links of the setting, each made once: a network link remembers that the network is down."""
    return tuple(LINKS[name]() for name in names)
