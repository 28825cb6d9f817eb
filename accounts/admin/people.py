"""Administration of people and access. Every change writes its line into the log that only grows."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from accounts import actions, audit, tokens
from accounts.models import AccessRequest, AccessToken, AuditEntry, Grant, Lead, User
from accounts.views import PersonRequest
from archive.clock import machine_now


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # a generic only for the type checker
    """Looked at and searched; changed elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # a generic only for the type checker
    list_display = ("email", "display_name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "display_name")
    fields = ("email", "display_name", "is_active", "is_staff", "is_superuser", "groups", "date_joined", "last_login")
    readonly_fields = ("email", "date_joined", "last_login")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: PersonRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:  # type: ignore[override]  # staff only
        super().save_model(request, obj, form, change)
        detail = ", ".join(f"{name}={form.cleaned_data[name]}" for name in form.changed_data)
        audit.record(request.user, "changed account", machine_now(), subject=obj.email, detail=detail)


@admin.register(Lead)
class LeadAdmin(ReadOnlyAdmin):
    list_display = ("program", "email", "user", "source", "since")
    list_filter = ("source", "program__mission")
    search_fields = ("program__number", "email")
    list_select_related = ("program", "user")
    actions = ("remove",)

    @admin.action(description="Remove the leader from the program")
    def remove(self, request: PersonRequest, queryset: "QuerySet[Lead]") -> None:
        for lead in queryset.select_related("program", "user"):
            actions.remove_lead(lead, request.user, machine_now())


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    list_display = ("program", "email", "user", "granted_by", "granted_at", "ends_at", "revoked_at")
    list_filter = ("program__mission", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("program__number", "email")
    list_select_related = ("program", "user", "granted_by")
    actions = ("revoke",)

    @admin.action(description="Revoke")
    def revoke(self, request: PersonRequest, queryset: "QuerySet[Grant]") -> None:
        for grant in queryset:
            actions.revoke_access(grant, request.user, machine_now())
        messages.success(request, "Revoked.")


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
        for token in queryset.select_related("user"):
            tokens.revoke(token, request.user, machine_now())


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "program", "subject", "detail")
    list_filter = ("action",)
    search_fields = ("actor", "program", "subject", "detail")
    ordering = ("-at", "-id")
