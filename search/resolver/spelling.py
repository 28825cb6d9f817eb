"""Names that a slip of the pen may have meant, from everything that is known without a network."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from django.contrib.postgres.search import TrigramSimilarity
from django.db import OperationalError, connection, transaction
from django.db.models import TextField
from django.db.models.functions import Upper
from psycopg.errors import QueryCanceled

from archive.models import Name, Observation
from archive.names import name_key
from search.resolver import openngc

MOST = 4
#: Share of trigrams in common, for the database to look closer at a name.
LIKENESS = 0.4
#: Share of letters in common and in order, for a name to be offered.
RATIO = 0.7
TIMEOUT_MS = 500
_LOOKED_AT = 20


def near_names(name: str) -> list[str]:
    """Up to four names like ``name``, the most alike first: of the archive, of OpenNGC, of observed targets."""
    key = name_key(name)[:100]
    if len(key) < 3:
        return []
    found = [*_held(key), *openngc.similar(name)]
    likeness = {each: SequenceMatcher(None, key, name_key(each)).ratio() for each in _each_once(found)}
    near = [each for each in likeness if likeness[each] >= RATIO and name_key(each) != key]
    return sorted(near, key=lambda each: (-likeness[each], each))[:MOST]


def _held(key: str) -> list[str]:
    """Names and target names of the archive; those found in time."""
    found: list[str] = []
    try:
        with transaction.atomic():
            _limit()
            found += _names(key)
            found += _target_names(key)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
    return found


def _limit() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('pg_trgm.similarity_threshold', %s, true)",
            [f"{TIMEOUT_MS}ms", str(LIKENESS)],
        )


def _names(key: str) -> list[str]:
    like = Name.objects.filter(key__trigram_similar=key).annotate(likeness=TrigramSimilarity("key", key))
    return list(like.order_by("-likeness", "key").values_list("name", flat=True)[:_LOOKED_AT])


def _target_names(key: str) -> list[str]:
    """By the index on target names in capitals."""
    capitals = Upper("target_name", output_field=TextField())
    like = Observation.objects.alias(capitals=capitals).filter(capitals__trigram_similar=key)
    ranked = like.values("target_name").distinct().annotate(likeness=TrigramSimilarity(capitals, key))
    return list(ranked.order_by("-likeness", "target_name").values_list("target_name", flat=True)[:_LOOKED_AT])


def _each_once(names: Iterable[str]) -> list[str]:
    """Without those that differ in hyphens alone: proposers write NGC-7200 for NGC 7200."""
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(name_key(name).replace("-", "").replace("_", ""), name)
    return list(by_key.values())
