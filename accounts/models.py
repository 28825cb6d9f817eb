"""People, the programs that they lead, the access that leaders grant, tokens, and the log of it all.

A person is known by the e-mail address.
"""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts import signals
from archive.models import Program


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("a person needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator, whose address nobody has to verify: whoever may do this has the machine."""
        from allauth.account.models import EmailAddress

        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractUser):
    username = None  # type: ignore[assignment]  # AbstractUser has one; this archive knows people by e-mail
    email = models.EmailField("e-mail address", unique=True)
    display_name = models.TextField(default="", blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # a manager without user names

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_any_case")]

    def __str__(self) -> str:
        return self.display_name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and tell of a new password, whoever set it and where: what the former one opened has to end."""
        # Django's own mark of a new password; storing the same one with a newer hash does not set it
        is_replaced = getattr(self, "_password", None) is not None and not self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_replaced:
                signals.password_replaced.send(User, user=self)


class Lead(models.Model):
    """Who leads a program (its PI). By address: the account may come later, and then takes it over when verified."""

    class Source(models.TextChoices):
        OPERATOR = "operator", "named by an operator"
        INGEST = "ingest", "from the proposal"

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="leads")
    email = models.EmailField("e-mail address")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads")
    source = models.TextField(choices=Source.choices, default=Source.OPERATOR)
    since = models.DateTimeField()

    class Meta:
        verbose_name = "program leader"
        constraints = [models.UniqueConstraint(F("program"), Lower("email"), name="accounts_lead_once")]

    def __str__(self) -> str:
        return f"{self.email} leads {self.program}"


class GrantQuerySet(models.QuerySet["Grant"]):
    def live(self, now: dt.datetime) -> "GrantQuerySet":
        """Those that open files at ``now``, the archive's time."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), revoked_at__isnull=True)

    def standing(self) -> "GrantQuerySet":
        """Those that nobody has revoked, ended by their date or not."""
        return self.filter(revoked_at__isnull=True)


class Grant(models.Model):
    """Access to a program's exclusive files, given by its leader to an address. Without an account it waits for one."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="grants")
    email = models.EmailField("e-mail address")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="given_grants")
    granted_at = models.DateTimeField()
    #: The first moment without access, the archive's time; empty: until all is public.
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Grant"]] = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("program"), Lower("email"), condition=Q(revoked_at__isnull=True), name="accounts_grant_once"
            )
        ]
        indexes = [models.Index(fields=["user", "program"], name="accounts_grant_user")]

    def __str__(self) -> str:
        return f"{self.program} for {self.email}"

    @property
    def last_day(self) -> dt.date | None:
        """The last UTC day with access; None when there is no end."""
        return (self.ends_at - dt.timedelta(microseconds=1)).date() if self.ends_at else None


class AccessRequest(models.Model):
    """Somebody asks a program's leader for access."""

    class Answer(models.TextChoices):
        WAITING = "", "waiting"
        GRANTED = "granted", "granted"
        DECLINED = "declined", "declined"

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="access_requests")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_requests")
    message = models.TextField(default="", blank=True)
    asked_at = models.DateTimeField()
    answer = models.TextField(choices=Answer.choices, default=Answer.WAITING, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "user"], condition=Q(answer=""), name="accounts_access_request_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} asks for {self.program}"


class AuditEntry(models.Model):
    """One line of the log that only grows: a trigger of the database refuses every change of it (migration 0003).

    People are kept by number and by the address that they had, without a reference: the log outlives accounts.
    """

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor = models.TextField()  # address, or "operator at the console", "ingest"
    action = models.TextField()  # "granted access", "revoked access", …
    program = models.TextField(default="", blank=True)  # "JWST 2736"
    subject = models.TextField(default="", blank=True)  # whom or what it concerns
    detail = models.TextField(default="", blank=True)

    class Meta:
        verbose_name_plural = "audit log"
        indexes = [models.Index(fields=["program", "at"], name="accounts_audit_program")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action}"


class AccessToken(models.Model):
    """What a script shows instead of a password. Only its digest is kept; the letters are shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.TextField()
    scopes = ArrayField(models.TextField())
    digest = models.TextField(unique=True)  # SHA-256, hex
    hint = models.TextField()  # the first eight signs
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
