"""Subscriptions, the notices of the bell, and the mail outbox: a mail is a row, written with what it tells about."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from archive.models import EventKind


class MailState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # nobody wanted it any more when it was to be sent


class OutboxMail(models.Model):
    """One mail to one address. The dedup key makes the same news one mail, and its Message-ID."""

    dedup_key = models.TextField(unique=True)
    to = models.EmailField()
    template = models.TextField()  # templates/mail/<template>.{subject.txt,txt,html}
    context = models.JSONField()
    state = models.TextField(choices=MailState.choices, default=MailState.WAITING)
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(state=MailState.WAITING), name="notifications_mail_waiting"
            ),
            # what a person's page shows
            models.Index(
                fields=["to", "-created_at"],
                condition=models.Q(state=MailState.FAILED),
                name="notifications_mail_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.to}: {self.state}"


class Frequency(models.TextChoices):
    FAST = "fast", "Fast"
    HOURLY = "hourly", "Hourly"
    DAILY = "daily", "Daily"
    WEEKLY = "weekly", "Weekly"
    MONTHLY = "monthly", "Monthly"


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    PORTAL = "portal", "Portal"


class Subscription(models.Model):
    """What a person wants to hear of, how often and where."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    mission = models.TextField()
    programs = ArrayField(models.TextField())  # unpadded numbers
    #: The beginning of an obs_id, or the number of an observation of a JWST program; empty for all.
    observation = models.TextField(default="", blank=True)
    level = models.SmallIntegerField(null=True, blank=True)  # 2, or 3 for 3 and above; None for both
    kinds = ArrayField(models.TextField(choices=EventKind.choices))
    frequency = models.TextField(choices=Frequency.choices)
    channel = models.TextField(choices=Channel.choices)
    paused = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    #: A deleted one can be restored for a while.
    deleted_at = models.DateTimeField(null=True, blank=True)
    #: Events up to this number have been told, or were there before.
    seen_event = models.BigIntegerField()
    #: Begin of the running period, by the machine's clock.
    period_start = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["frequency", "period_start"],
                condition=models.Q(paused=False, deleted_at=None),
                name="notifications_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mission} {', '.join(self.programs)}"


class Notice(models.Model):
    """What the bell rings for: the events of one period of a subscription."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="notices", db_index=False)
    period_start = models.DateTimeField()
    #: [{mission, program, files, counts: [[kind, number] …]} …]
    news = models.JSONField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period_start"], name="notifications_notice_once")
        ]
        indexes = [
            models.Index(
                fields=["owner", "-created_at"], condition=models.Q(deleted_at=None), name="notifications_notice_list"
            )
        ]

    def __str__(self) -> str:
        return f"notice of {self.created_at:%Y-%m-%d %H:%M}"
