"""Second factors that an operator takes away, for somebody who lost them all."""

import datetime as dt

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts import audit
from accounts.models import User

#: The mail that tells of each kind.
_MAILS = {
    Authenticator.Type.TOTP: "mfa/email/totp_deactivated",
    Authenticator.Type.WEBAUTHN: "mfa/email/webauthn_removed",
}


@transaction.atomic
def remove_all(user: User, by: User, now: dt.datetime) -> int:
    """Let the password alone open the account again; how many factors there were. Mails tell the person."""
    factors = Authenticator.objects.filter(user=user)
    kinds = list(factors.values_list("type", flat=True))
    factors.delete()
    if kinds:
        audit.record(by, "removed second factors", now, subject=user.email, detail=", ".join(sorted(kinds)))
    for kind, mail in _MAILS.items():
        if kind in kinds:
            get_adapter().send_notification_mail(mail, user)
    return len(kinds)
