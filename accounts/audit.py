"""Writing the log that only grows."""

import datetime as dt

from accounts.models import AuditEntry, User
from archive.models import Program

CONSOLE = "operator at the console"
INGEST = "ingest"


def record(
    actor: User | str,
    action: str,
    now: dt.datetime,
    *,
    program: Program | str = "",
    subject: str = "",
    detail: str = "",
) -> AuditEntry:
    """One line, in the caller's transaction; ``actor`` is a person, or `CONSOLE` or `INGEST`."""
    person = actor if isinstance(actor, User) else None
    return AuditEntry.objects.create(
        at=now,
        actor_id=person.pk if person else None,
        actor=person.email if person else str(actor),
        action=action,
        program=str(program),
        subject=subject,
        detail=detail,
    )
