"""Preview pictures of observations, for whoever may see them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from accounts.access import Person, readable_by
from archive.models import Held, Product
from basket.bundle_views import file_path

PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Preview:
    """A picture of an observation; an empty address means that the person may not see it yet."""

    address: str


def previews_of(obsids: Iterable[int], person: Person, now: dt.datetime) -> dict[int, Preview]:
    """One picture an observation, the first by name; observations without a picture are left out.

    One query, whatever the number of rows. The address goes through the decision about every file once more.
    """
    pictures = Product.objects.filter(
        observation__in=list(obsids), product_type="PREVIEW", extension__in=PICTURES, held=Held.YES
    )
    readable = readable_by(Product.objects.filter(pk=OuterRef("pk")), person, now)
    # the first by name that may be seen, else any
    first = pictures.annotate(readable=Exists(readable)).order_by("observation_id", "-readable", "filename")
    found = first.distinct("observation_id").only("observation_id", "filename")
    return {row.observation_id: Preview(file_path(row) if row.readable else "") for row in found}
