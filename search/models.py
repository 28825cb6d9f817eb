"""What searching remembers."""

from django.conf import settings
from django.db import models
from django.db.models import Q


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


class Belonging(models.Model):
    """What belongs to a person: to the account, else to the token that the session keeps."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    token = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True


class Tab(Belonging):
    """A search that a person has open. What makes it the same tab is its ``key``; see `search.tabs.identity`."""

    key = models.TextField()
    address = models.TextField()  # path and canonical query string, with filters, order and page
    title = models.TextField()
    tooltip = models.TextField(default="", blank=True)
    rows = models.BigIntegerField(default=0)  # that match, whatever the filters show of them
    opened_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="search_tab_of_owner"),
            models.UniqueConstraint(fields=["token", "key"], name="search_tab_of_session"),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) ^ Q(token__isnull=True), name="search_tab_has_one_holder"
            ),
        ]
        indexes = [models.Index(fields=["used_at"], condition=Q(owner=None), name="search_tab_forgettable")]

    def __str__(self) -> str:
        return self.title


class SavedSearch(Belonging):
    """A search that a person keeps under a name."""

    name = models.TextField()
    query = models.TextField()  # canonical, with filters and order, without the page
    tooltip = models.TextField(default="", blank=True)
    rows = models.BigIntegerField(default=0)  # shown when it was last opened
    saved_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    #: Deleted, and back with one click until it is forgotten.
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(deleted_at=None), name="search_saved_name_of_owner"
            ),
            models.UniqueConstraint(
                fields=["token", "name"], condition=Q(deleted_at=None), name="search_saved_name_of_session"
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) ^ Q(token__isnull=True), name="search_saved_has_one_holder"
            ),
        ]
        indexes = [models.Index(fields=["opened_at"], condition=Q(owner=None), name="search_saved_forgettable")]

    def __str__(self) -> str:
        return self.name
