"""The mail outbox: a mail is a row, written in the transaction of the change that it tells about."""

from django.db import models


class MailState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


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
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.to}: {self.state}"
