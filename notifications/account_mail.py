"""Mails about somebody's own account, written into the outbox like all others."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.adapter import AccountAdapter
from archive.clock import machine_now
from notifications.outbox import enqueue


@dataclass(frozen=True)
class Words:
    """One mail: its subject, what it says, the words of its link; ``link`` and ``code`` name what the context holds."""

    subject: str
    text: str
    link: str = ""
    label: str = ""
    code: str = ""


_IGNORE = "If this was not you, ignore this mail: nothing changes."
_NOT_YOU = "If this was not you, set a new password at once and tell the help desk."
_VERIFY = Words(
    "Verify your e-mail address",
    f"Somebody gave this address for an account of the archive. Open the link to verify that it is yours. {_IGNORE}",
    "activate_url",
    "Verify the address",
)
#: By the library's names of its mails.
WORDS: Mapping[str, Words] = {
    "account/email/email_confirmation": _VERIFY,
    "account/email/email_confirmation_signup": _VERIFY,
    "account/email/account_already_exists": Words(
        "You already have an account",
        f"Somebody, perhaps you, asked for an account with this address. There is one already. {_IGNORE} "
        "A forgotten password can be replaced.",
        "password_reset_url",
        "Set a new password",
    ),
    "account/email/password_reset_key": Words(
        "Set a new password",
        f"Somebody, perhaps you, asked for a new password of your account. The link works for one hour. {_IGNORE}",
        "password_reset_url",
        "Set a new password",
    ),
    "account/email/unknown_account": Words(
        "No account with this address",
        "Somebody, perhaps you, asked for a new password. No account of the archive has this address; "
        "perhaps yours has another one.",
        "signup_url",
        "Make an account",
    ),
    "account/email/login_code": Words(
        "Your code",
        f"Enter the code on the page that asked for it, within three minutes. {_NOT_YOU}",
        code="code",
    ),
    "account/email/password_changed": Words("Your password was changed", f"The password was changed. {_NOT_YOU}"),
    "account/email/password_set": Words("Your password was set", f"A password was set. {_NOT_YOU}"),
    "account/email/password_reset": Words("Your password was replaced", f"A new password was set. {_NOT_YOU}"),
    "account/email/email_changed": Words("Your address was changed", f"The account's address was changed. {_NOT_YOU}"),
    "account/email/email_confirm": Words("Your address was verified", f"An address was verified. {_NOT_YOU}"),
    "account/email/email_deleted": Words("An address was removed", f"An address was removed. {_NOT_YOU}"),
    "mfa/email/totp_activated": Words("Authenticator app added", f"Logging in asks for its code. {_NOT_YOU}"),
    "mfa/email/totp_deactivated": Words("Authenticator app removed", f"Its code is not asked for any more. {_NOT_YOU}"),
    "mfa/email/recovery_codes_generated": Words("New recovery codes", f"The former ones no longer work. {_NOT_YOU}"),
    "mfa/email/webauthn_added": Words("Security key added", f"A security key can be used to log in. {_NOT_YOU}"),
    "mfa/email/webauthn_removed": Words("Security key removed", f"A security key was removed. {_NOT_YOU}"),
    "socialaccount/email/account_connected": Words(
        "Log-in service connected", f"It now opens your account. {_NOT_YOU}"
    ),
    "socialaccount/email/account_disconnected": Words(
        "Log-in service disconnected", f"It no longer opens your account. {_NOT_YOU}"
    ),
}


class MailingAccountAdapter(AccountAdapter):
    """`AccountAdapter` whose mails go through the outbox, so that known and unknown addresses cost the same."""

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        words = WORDS[template_prefix]
        facts = {
            "subject": words.subject,
            "text": f"{words.text}\n\n{context[words.code]}" if words.code else words.text,
            "link": str(context[words.link]) if words.link else "",
            "label": words.label,
        }
        enqueue(f"account {template_prefix} {uuid.uuid4()}", email, "account", facts, machine_now())
