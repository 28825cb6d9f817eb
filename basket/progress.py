"""What the page of a request shows: how far it is, what comes with it, what does not, and where it can be fetched."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Min, Q, Sum

from basket.models import Delivery, DeliveryItem, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.staging import afterwards, notices, places
from basket.staging.states import GIVEN, OPEN
from notifications.models import MailState, OutboxMail

#: Rows of a table on the page; the manifest has them all.
ROWS = 200


@dataclass(frozen=True)
class Step:
    """One of the five steps; ``look`` is done, now, failed or empty for what is still to come."""

    title: str
    note: str
    look: str


@dataclass(frozen=True)
class ObservationRow:
    """The files of one observation. Sizes in bytes."""

    obsid: int
    obs_id: str
    mission: str
    instrument: str
    files: int
    files_done: int
    files_failed: int
    size_bytes: int
    bytes_done: int

    @property
    def state(self) -> str:
        if self.files_failed and self.files_done + self.files_failed == self.files:
            return "failed"
        if self.files_done == self.files:
            return "ready"
        return "copying" if self.bytes_done or self.files_done else "waiting"


@dataclass(frozen=True)
class Withheld:
    """Files of one observation that do not come, for one reason."""

    obsid: int
    obs_id: str
    mission: str
    program: str
    verdict: str
    reason: str
    files: int


@dataclass(frozen=True)
class RequestPage:
    """All that the page and its fragment show; ``now`` is the machine's time."""

    delivery: Delivery
    rows: list[ObservationRow]
    withheld: list[Withheld]
    failures: list[DeliveryItem]
    copying: str
    mail: OutboxMail | None
    now: dt.datetime

    # Where it stands ------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the page still changes by itself; the last change is the mail's, unless that has to wait long."""
        mail_under_way = self.mail is not None and self.mail.state == MailState.WAITING and not self.mail.last_error
        return self.delivery.state in OPEN or mail_under_way

    @property
    def can_cancel(self) -> bool:
        return self.delivery.state in OPEN and self.delivery.cancel_requested_at is None

    @property
    def can_retry(self) -> bool:
        return self.delivery.state in afterwards.AGAIN

    @property
    def prolonged_until(self) -> dt.datetime | None:
        return afterwards.prolonged_until(self.delivery, self.now)

    @property
    def is_ready(self) -> bool:
        return self.delivery.state in GIVEN

    @property
    def staged(self) -> bool:
        return self.delivery.kind == DeliveryKind.STAGING

    @property
    def title(self) -> str:
        return f"{'Batch retrieval' if self.staged else 'Bundle'} {self.delivery.name}"

    @property
    def state_word(self) -> str:
        if self.delivery.state in OPEN and self.delivery.cancel_requested_at:
            return "being cancelled"
        if self.delivery.state == DeliveryState.RUNNING and not self.staged:
            return "building"
        return DeliveryState(self.delivery.state).label

    @property
    def chip(self) -> str:
        """The CSS class of the state's chip."""
        looks = {DeliveryState.READY: "chip-ok", DeliveryState.PARTIAL: "chip-warn", DeliveryState.FAILED: "chip-error"}
        return "chip-busy" if self.delivery.state in OPEN else looks.get(DeliveryState(self.delivery.state), "")

    @property
    def chip_icon(self) -> str:
        icons = {
            DeliveryState.RUNNING: "arrow-repeat",
            DeliveryState.READY: "check-lg",
            DeliveryState.PARTIAL: "exclamation-triangle",
            DeliveryState.FAILED: "exclamation-triangle",
            DeliveryState.CANCELLED: "x-circle",
        }
        return icons.get(DeliveryState(self.delivery.state), "hourglass-split")

    # Figures --------------------------------------------------------------------------------------------------------

    @property
    def bytes_done(self) -> int:
        return min(self.delivery.bytes_done, self.delivery.bytes_total)  # a bundle has some bytes of its own

    @property
    def percent(self) -> int:
        """Whole percents of the bytes; 100 only when everything is done."""
        if self.is_ready:
            return 100
        return min(99, 100 * self.bytes_done // max(self.delivery.bytes_total, 1))

    @property
    def bytes_per_s(self) -> int | None:
        """Since the present worker took the request; None while it does not copy."""
        delivery = self.delivery
        if delivery.state != DeliveryState.RUNNING or not (delivery.claimed_at and delivery.lease_until):
            return None
        written_down = delivery.lease_until - dt.timedelta(seconds=settings.STAGING_LEASE_S)
        seconds = (written_down - delivery.claimed_at).total_seconds()
        copied = delivery.bytes_done - delivery.bytes_at_claim
        return int(copied / seconds) if seconds > 0.5 and copied > 0 else None

    @property
    def time_left(self) -> str:
        if not self.bytes_per_s:
            return ""
        return f"about {rough_time((self.delivery.bytes_total - self.bytes_done) / self.bytes_per_s)} left"

    @property
    def files_failed(self) -> int:
        """Of a request that has ended in part."""
        return self.delivery.files_included - self.delivery.files_done

    @property
    def row_states(self) -> str:
        """``staged 5 · copying 1 · waiting 3``"""
        counts = {state: sum(row.state == state for row in self.rows) for state in _ROW_WORDS}
        return " · ".join(f"{_ROW_WORDS[state]} {count}" for state, count in counts.items() if count)

    @property
    def refused(self) -> list[Withheld]:
        return [part for part in self.withheld if part.verdict == ItemVerdict.DENIED]

    @property
    def missing(self) -> list[Withheld]:
        return [part for part in self.withheld if part.verdict == ItemVerdict.MISSING]

    # Steps ----------------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> list[Step]:
        delivery = self.delivery
        requested = f"{delivery.created_at:%H:%M:%S} UTC, {delivery.files_requested} files"
        checked = f"{delivery.files_included} allowed, {delivery.files_refused} refused"
        return [
            Step("Requested", requested, "done"),
            Step("Access checked", checked, "done"),
            Step("Copying" if self.staged else "Building", self._copy_note, self._copy_look),
            Step("Checksums verified", *self._verification),
            Step("Mail sent", *self._mail),
        ]

    @property
    def _copy_note(self) -> str:
        if self.delivery.state == DeliveryState.WAITING_SPACE and self.delivery.next_at:
            return f"waits for disk space; next try {self.delivery.next_at:%H:%M:%S} UTC"
        return f"{self.delivery.files_done} of {self.delivery.files_included} files"

    @property
    def _copy_look(self) -> str:
        if self.is_ready or self.delivery.state == DeliveryState.EXPIRED:
            return "done"
        if self.delivery.state in OPEN:
            return "now"
        return "failed"

    @property
    def _verification(self) -> tuple[str, str]:
        if self.is_ready or self.delivery.state == DeliveryState.EXPIRED:
            return "SHA-256 of each file read back from the disk", "done"
        if self.delivery.state in OPEN:
            return "after each file" if self.staged else "after building", ""
        return "", ""

    @property
    def _mail(self) -> tuple[str, str]:
        to = f"to {self.delivery.email}"
        if self.mail is None:
            return to, ""
        if self.mail.state == MailState.SENT and self.mail.sent_at:
            return f"{self.mail.sent_at:%H:%M:%S} UTC, {to}", "done"
        if self.mail.state == MailState.FAILED:
            return f"{to} was refused: {self.mail.last_error}", "failed"
        return f"{to}; tried again after “{self.mail.last_error}”" if self.mail.last_error else to, "now"

    # Fetching -------------------------------------------------------------------------------------------------------

    @property
    def pick_up(self) -> places.PickUp | None:
        return places.pick_up(self.delivery) if self.staged and self.delivery.folder else None

    @property
    def built_files(self) -> list[places.BuiltFile]:
        return places.built_files(self.delivery) if self.is_ready else []

    @property
    def keep_days(self) -> int:
        return settings.STAGING_KEEP_DAYS


_ROW_WORDS = {"ready": "staged", "copying": "copying", "waiting": "waiting", "failed": "failed"}


def request_page(delivery: Delivery, now: dt.datetime) -> RequestPage:
    """Everything about a request in a fixed number of queries. ``delivery.owner`` should be loaded."""
    return RequestPage(
        delivery=delivery,
        rows=_rows(delivery),
        withheld=_withheld(delivery),
        failures=list(delivery.items.filter(state=ItemState.FAILED).order_by("ordinal")[:ROWS]),
        copying=_copying(delivery),
        mail=OutboxMail.objects.filter(dedup_key=notices.dedup_key(delivery)).first(),
        now=now,
    )


def _rows(delivery: Delivery) -> list[ObservationRow]:
    done, failed = Q(state=ItemState.DONE), Q(state=ItemState.FAILED)
    own = "product__observation__"
    figures = (
        delivery.items.filter(verdict=ItemVerdict.INCLUDED)
        .values_list(f"{own}obsid", f"{own}obs_id", f"{own}obs_collection", f"{own}instrument_name")
        .annotate(
            files=Count("pk"),
            done=Count("pk", filter=done),
            failed=Count("pk", filter=failed),
            size=Sum("size_bytes"),
            copied=Sum("bytes_done"),
            first=Min("ordinal"),
        )
        .order_by("first")
    )
    rows = [ObservationRow(*figure) for *figure, _ in figures[:ROWS]]
    return rows if delivery.kind == DeliveryKind.STAGING else _spread(rows, delivery.bytes_done)


def _spread(rows: list[ObservationRow], bytes_done: int) -> list[ObservationRow]:
    """Rows of a bundle, which is written in their order: how far it is says how far each of them is."""
    spread = []
    for row in rows:
        copied = row.size_bytes if row.files_done == row.files else min(max(bytes_done, 0), row.size_bytes)
        spread.append(ObservationRow(**{**vars(row), "bytes_done": copied}))
        bytes_done -= row.size_bytes
    return spread


def _withheld(delivery: Delivery) -> list[Withheld]:
    own = "product__observation__"
    columns = (f"{own}obsid", f"{own}obs_id", f"{own}obs_collection", f"{own}proposal_id", "verdict", "reason")
    parts = delivery.items.exclude(verdict=ItemVerdict.INCLUDED).values_list(*columns)
    counted = parts.annotate(files=Count("pk"), first=Min("ordinal")).order_by("first")
    return [Withheld(*part) for *part, _ in counted[:ROWS]]


def _copying(delivery: Delivery) -> str:
    """The file that is being copied."""
    if delivery.state != DeliveryState.RUNNING or delivery.kind != DeliveryKind.STAGING:
        return ""
    waiting = delivery.items.filter(verdict=ItemVerdict.INCLUDED, state=ItemState.WAITING).order_by("ordinal")
    return waiting.values_list("flat_name", flat=True).first() or ""


def rough_time(seconds: float) -> str:
    """``30 s``, ``5 min``, ``2.5 h``: a time that people wait, not a measurement."""
    if seconds < 90:
        return f"{max(5, round(seconds / 5) * 5)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
