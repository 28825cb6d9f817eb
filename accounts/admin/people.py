"""Administration of people and access. Every change writes its line into the log that only grows."""

from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts import actions, audit, second_factors, tokens
from accounts.admin.base import LoggedAdmin, ReadOnlyAdmin
from accounts.admin.logins import AddressInline, FactorInline, ServiceInline
from accounts.models import AccessRequest, AccessToken, AuditEntry, Grant, Lead, User
from accounts.views import PersonRequest
from archive.clock import machine_now


@admin.register(User)
class UserAdmin(LoggedAdmin):
    list_display = ("email", "display_name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "display_name")
    fields = ("email", "display_name", "is_active", "is_staff", "is_superuser", "groups", "date_joined", "last_login")
    readonly_fields = ("email", "date_joined", "last_login")
    formfield_overrides: ClassVar = {models.TextField: {"widget": AdminTextInputWidget}}
    inlines = (AddressInline, FactorInline, ServiceInline)
    actions = ("remove_second_factors",)

    def words_in_log(self, row: User) -> str:
        return row.email

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: PersonRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:  # type: ignore[override]  # staff only
        super().save_model(request, obj, form, change)
        detail = ", ".join(f"{name}={_said(form.cleaned_data[name])}" for name in form.changed_data)
        audit.record(request.user, "changed account", machine_now(), subject=obj.email, detail=detail)

    @admin.action(description="Remove the second factors (they are lost)")
    def remove_second_factors(self, request: PersonRequest, queryset: "QuerySet[User]") -> None:
        count = sum(bool(second_factors.remove_all(user, request.user, machine_now())) for user in queryset)
        messages.success(request, f"{count} account{pluralize(count)} opened by the password alone from now on.")


def _said(value: object) -> str:
    return " and ".join(map(str, value)) if isinstance(value, QuerySet) else str(value)


@admin.register(Lead)
class LeadAdmin(ReadOnlyAdmin):
    list_display = ("program", "email", "user", "source", "since")
    list_filter = ("source", "program__mission")
    search_fields = ("program__number", "email")
    list_select_related = ("program", "user")
    actions = ("remove",)

    @admin.action(description="Remove the leader from the program")
    def remove(self, request: PersonRequest, queryset: "QuerySet[Lead]") -> None:
        removed = [
            actions.remove_lead(lead, request.user, machine_now())
            for lead in queryset.select_related("program", "user")
        ]
        messages.success(request, f"{len(removed)} leader{pluralize(len(removed))} removed.")


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    list_display = ("program", "email", "user", "granted_by", "granted_at", "ends_at", "revoked_at")
    list_filter = ("program__mission", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("program__number", "email")
    list_select_related = ("program", "user", "granted_by")
    actions = ("revoke",)

    @admin.action(description="Revoke")
    def revoke(self, request: PersonRequest, queryset: "QuerySet[Grant]") -> None:
        revoked = [actions.revoke_access(grant, request.user, machine_now()) for grant in queryset]
        messages.success(request, f"{len(revoked)} grant{pluralize(len(revoked))} revoked.")


@admin.register(AccessRequest)
class AccessRequestAdmin(ReadOnlyAdmin):
    list_display = ("program", "user", "asked_at", "answer", "answered_at")
    list_filter = ("answer",)
    search_fields = ("program__number", "user__email")
    list_select_related = ("program", "user")


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "hint", "scopes", "created_at", "last_used_at", "revoked_at")
    fields = ("name", "user", "hint", "scopes", "created_at", "last_used_at", "revoked_at")
    search_fields = ("name", "user__email")
    list_select_related = ("user",)
    actions = ("revoke",)

    @admin.action(description="Revoke")
    def revoke(self, request: PersonRequest, queryset: "QuerySet[AccessToken]") -> None:
        revoked = [tokens.revoke(token, request.user, machine_now()) for token in queryset.select_related("user")]
        messages.success(request, f"{len(revoked)} token{pluralize(len(revoked))} revoked.")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "program", "subject", "detail")
    list_filter = ("action",)
    search_fields = ("actor", "program", "subject", "detail")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
