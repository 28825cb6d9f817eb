"""What the pages of Django's admin have in common here: they show and search, and the log tells what was done."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode


class NamedValuesFilter(admin.AllValuesFieldListFilter):
    """All values of a column of text, the empty one by a name that can be read and clicked."""

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:  # type: ignore[override]  # its name is private
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or "not given"}


class LoggedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # a generic only for the type checker
    """*History* leads to the lines of the log, since Django's own history knows nothing of actions."""

    def words_in_log(self, row: Any) -> str:
        """What the lines about a row have in them."""
        return str(row)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        query = urlencode({"q": self.words_in_log(row)}) if row else ""
        return HttpResponseRedirect(f"{reverse('admin:accounts_auditentry_changelist')}?{query}")


class ReadOnlyAdmin(LoggedAdmin):
    """Looked at and searched; changed by actions alone, each of which writes its line into the log."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]  # a generic only for the type checker
    """Rows beside another; their ``fields`` are their ``readonly_fields``, or the row's form asks to change them."""

    template = "admin/edit_inline/read_only.html"
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
