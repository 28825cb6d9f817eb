"""All that the portal keeps of a person, as files that a person can read."""

import io
import json
import zipfile
from collections.abc import Iterator

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder

from accounts.keepers import Record, keepers
from accounts.models import AccessRequest, AccessToken, AuditEntry, Grant, Lead, User


def as_zip(user: User) -> bytes:
    """One JSON file a subject; small, since it holds no observation and no file of the archive."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, records in _subjects(user):
            text = json.dumps(records, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
            bundle.writestr(f"{name}.json", text)
    return whole.getvalue()


def _subjects(user: User) -> Iterator[tuple[str, list[Record]]]:
    account = {"email": user.email, "name": user.display_name, "since": user.date_joined, "staff": user.is_staff}
    yield "account", [account]
    yield "addresses", list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary"))
    seen = ("created_at", "last_seen_at", "ip", "user_agent")
    yield "sessions", list(UserSession.objects.filter(user=user).values(*seen))
    program = ("program__mission", "program__number")
    yield "programs-led", list(Lead.objects.filter(user=user).values(*program, "email", "since"))
    dates = ("granted_at", "ends_at", "revoked_at")
    yield "grants-received", list(Grant.objects.filter(user=user).values(*program, *dates))
    yield "grants-given", list(Grant.objects.filter(granted_by=user).values(*program, "email", *dates))
    asked = ("message", "asked_at", "answer", "answered_at")
    yield "access-requests", list(AccessRequest.objects.filter(user=user).values(*program, *asked))
    facts = ("name", "scopes", "created_at", "last_used_at", "revoked_at")
    yield "tokens", list(AccessToken.objects.filter(user=user).values(*facts))
    yield (
        "log",
        list(AuditEntry.objects.filter(actor_id=user.pk).values("at", "action", "program", "subject", "detail")),
    )
    for keeper in keepers():
        yield keeper.name, list(keeper.records(user))
