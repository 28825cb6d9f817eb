"""Which actions the rows of a page allow, read together with the rows themselves."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from archive.models import Held, Observation, Product
from search.query import Observations
from search.viewers.groups import EXPOSURES, VIEWED_GROUPS, Action, actions_of

VIEWED = "viewed_groups"


def with_viewed_groups(rows: Observations) -> Observations:
    """The rows with the groups of their own held files that some viewer reads: no query of its own."""
    viewed = Q(product_group__in=VIEWED_GROUPS) | Q(product_group__in=EXPOSURES, dataproduct_type="image")
    own = Product.objects.filter(viewed, observation=OuterRef("pk"), held=Held.YES)
    return rows.annotate(**{VIEWED: ArraySubquery(own.values("product_group").distinct())})


def actions_for(row: Observation) -> frozenset[Action]:
    """What can be done with a row that `with_viewed_groups` read."""
    return actions_of(getattr(row, VIEWED, ()))
