"""What searching remembers."""

from django.db import models


class CachedResolution(models.Model):
    """An answer of a name resolver on the network, kept so that the next person need not wait."""

    key = models.TextField(unique=True)  # the name as compared
    canonical_name = models.TextField(default="", blank=True)  # empty: the resolvers did not know it
    ra_deg = models.FloatField(null=True, blank=True)
    dec_deg = models.FloatField(null=True, blank=True)
    radius_deg = models.FloatField(null=True, blank=True)
    object_type = models.TextField(default="", blank=True)
    resolver = models.TextField(default="", blank=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
