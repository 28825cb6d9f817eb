"""Administration of holdings where it concerns access: leaders of programs, release dates, withdrawn files."""

import datetime as dt

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts import actions, holdings
from accounts.admin.base import NamedValuesFilter, ReadOnlyAdmin, ReadOnlyInline
from accounts.models import Lead
from accounts.views import PersonRequest
from archive.clock import from_mjd, machine_now
from archive.models import Observation, Product, Program


class PiForm(ActionForm):
    pi_email = forms.CharField(required=False, label="PI's e-mail")


class ReleaseForm(ActionForm):
    release = forms.DateField(required=False, label="release (UTC day)", widget=forms.DateInput(attrs={"type": "date"}))


class LeadInline(ReadOnlyInline):
    model = Lead
    fields = readonly_fields = ("email", "user", "source", "since")


@admin.register(Program)
class ProgramAdmin(ReadOnlyAdmin):
    list_display = ("mission", "number", "title", "pi_name", "led_by")
    list_filter = ("mission", ("category", NamedValuesFilter))
    search_fields = ("number", "title", "pi_name", "pi_email")
    inlines = (LeadInline,)
    action_form = PiForm
    actions = ("assign_pi",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Program]":
        rows: QuerySet[Program] = super().get_queryset(request).prefetch_related("leads")
        return rows

    @admin.display(description="led by")
    def led_by(self, row: Program) -> str:
        return ", ".join(lead.email for lead in row.leads.all())

    @admin.action(description="Name the PI (fill in the e-mail)")
    def assign_pi(self, request: PersonRequest, queryset: "QuerySet[Program]") -> None:
        email = request.POST.get("pi_email", "").strip()
        try:
            validate_email(email)
        except ValidationError:
            messages.error(request, "Give the PI's e-mail address beside the action.")
            return
        named = [actions.assign_lead(program, email, request.user, machine_now()) for program in queryset]
        led = f"{len(named)} program{pluralize(len(named), ' is,s are')}"
        messages.success(request, f"{led} led by {email}.")


@admin.register(Observation)
class ObservationAdmin(ReadOnlyAdmin):
    list_display = ("obsid", "obs_id", "release", "obs_collection", "proposal_id", "calib_level", "is_stale")
    list_filter = ("obs_collection", "calib_level", "is_stale")
    search_fields = ("=obsid", "obs_id__startswith", "=proposal_id")
    show_full_result_count = False
    fields = (
        "obs_collection",
        "obs_id",
        "instrument_name",
        "target_name",
        "proposal_id",
        "calib_level",
        "release",
        "is_stale",
    )
    action_form = ReleaseForm
    actions = ("change_release", "queue_reprocessing", "end_reprocessing")

    def words_in_log(self, row: Observation) -> str:
        return str(row.pk)

    @admin.display(description="release (UTC)", ordering="t_obs_release")
    def release(self, row: Observation) -> str:
        return f"{from_mjd(row.t_obs_release):%Y-%m-%d %H:%M:%S}" if row.t_obs_release is not None else ""

    @admin.action(description="Change the release date (fill in the day)")
    def change_release(self, request: PersonRequest, queryset: "QuerySet[Observation]") -> None:
        try:
            day = dt.date.fromisoformat(request.POST.get("release", ""))
        except ValueError:
            messages.error(request, "Give the day beside the action.")
            return
        moment = dt.datetime.combine(day, dt.time(), dt.UTC)
        changed = holdings.change_release(queryset, moment, request.user, machine_now())
        messages.success(request, f"{changed} observation{pluralize(changed)} released on {day}.")

    @admin.action(description="Queue for reprocessing: downloads say so")
    def queue_reprocessing(self, request: PersonRequest, queryset: "QuerySet[Observation]") -> None:
        count = holdings.mark_stale(queryset, True, request.user, machine_now())
        messages.success(request, f"{count} observation{pluralize(count)} queued for reprocessing.")

    @admin.action(description="Not queued for reprocessing any more")
    def end_reprocessing(self, request: PersonRequest, queryset: "QuerySet[Observation]") -> None:
        count = holdings.mark_stale(queryset, False, request.user, machine_now())
        messages.success(request, f"{count} observation{pluralize(count)} not queued any more.")


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("filename", "product_type", "held", "size_bytes", "observation")
    list_filter = ("held", ("product_type", NamedValuesFilter))
    search_fields = ("filename__startswith",)
    list_select_related = ("observation",)
    show_full_result_count = False
    fields = ("uri", "observation", "description", "product_type", "held", "size_bytes", "sha256")
    actions = ("withdraw", "restore")

    def words_in_log(self, row: Product) -> str:
        return row.uri

    @admin.action(description="Withdraw: no longer given out")
    def withdraw(self, request: PersonRequest, queryset: "QuerySet[Product]") -> None:
        count = holdings.withdraw(queryset, request.user, machine_now())
        messages.success(request, f"{count} file{pluralize(count)} withdrawn.")

    @admin.action(description="Give out again what was withdrawn")
    def restore(self, request: PersonRequest, queryset: "QuerySet[Product]") -> None:
        restored, refused = holdings.restore(queryset, request.user, machine_now())
        if restored:
            messages.success(request, f"{restored} file{pluralize(restored)} given out again.")
        for sentence in refused:
            messages.error(request, sentence)
