"""How people log in, as operators see it: beside the account, not as pages of the accounts library.

Those would change addresses, second factors and services without a line in the log.
"""

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401 - they register what is taken back below
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm

from accounts import audit
from accounts.admin.base import LoggedAdmin, ReadOnlyInline
from accounts.views import PersonRequest
from archive.clock import machine_now

admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession, Group])


class AddressInline(ReadOnlyInline):
    model = EmailAddress
    fields = readonly_fields = ("email", "verified", "primary")
    verbose_name_plural = "e-mail addresses"


class FactorInline(ReadOnlyInline):
    model = Authenticator
    fields = readonly_fields = ("type", "created_at", "last_used_at")
    verbose_name_plural = "second factors"


class ServiceInline(ReadOnlyInline):
    model = SocialAccount
    fields = readonly_fields = ("provider", "uid", "date_joined", "last_login")
    verbose_name_plural = "log-in services"


@admin.register(Group)
class LoggedGroupAdmin(LoggedAdmin, GroupAdmin):
    """Groups of operators: what their members may do in the admin."""

    filter_horizontal = ()

    def save_related(self, request: PersonRequest, form: "ModelForm[Group]", formsets: object, change: bool) -> None:  # type: ignore[override]  # staff only
        super().save_related(request, form, formsets, change)
        allowed = ", ".join(sorted(form.instance.permissions.values_list("codename", flat=True)))
        audit.record(request.user, "changed group", machine_now(), subject=str(form.instance), detail=allowed)

    def delete_model(self, request: PersonRequest, obj: Group) -> None:  # type: ignore[override]  # staff only
        audit.record(request.user, "removed group", machine_now(), subject=str(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: PersonRequest, queryset: "QuerySet[Group]") -> None:  # type: ignore[override]  # staff only
        for group in queryset:
            audit.record(request.user, "removed group", machine_now(), subject=str(group))
        super().delete_queryset(request, queryset)
