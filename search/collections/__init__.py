"""The collections of the search panel, in the order of its menu: one module each, all of the same shape."""

from search.collections import observations, obsids, proposals
from search.collections.collection import Collection, Question, QuestionError
from search.messages import SearchError

__all__ = [
    "COLLECTIONS",
    "DEFAULT_COLLECTION",
    "Collection",
    "Question",
    "QuestionError",
    "UnknownCollectionError",
    "collection_of",
]

COLLECTIONS: tuple[Collection, ...] = (observations.COLLECTION, obsids.COLLECTION, proposals.COLLECTION)
DEFAULT_COLLECTION = observations.COLLECTION.slug


class UnknownCollectionError(SearchError):
    title = "There is no such collection"


def collection_of(slug: str) -> Collection:
    for collection in COLLECTIONS:
        if collection.slug == slug:
            return collection
    known = ", ".join(collection.slug for collection in COLLECTIONS)
    raise UnknownCollectionError(f"“{slug[:40]}” is not a collection.", f"Choose one of {known}.")
