"""How the accounts library behaves here: throttled, quiet about who has an account, and in our words.

Mail is the business of `notifications.account_mail`, which extends the adapter below.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import throttle
from accounts.client import client_address
from archive.clock import machine_now

WRONG = "The e-mail address or the password is not right."


def take_try(request: HttpRequest, account: str) -> None:
    """Spend one try of the throttle, or refuse the form with the time to wait."""
    try:
        throttle.take(account, client_address(request), machine_now())
    except throttle.SlowDownError as error:
        raise ValidationError(str(error), code="slow_down") from None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed. The help desk can open it again.",
        "email_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "enter_current_password": "Enter the current password.",
        "incorrect_password": "The password is not right.",
        "incorrect_code": "The code is not right. Take the one that the app shows now.",
        "duplicate_email": "This address already belongs to your account.",
        "email_taken": "This address cannot be added.",
        "select_only_one": "Select one.",
        "rate_limited": "Too many requests. Wait a minute.",
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        take_try(request, str(credentials.get("email", "")))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            throttle.forgive(str(credentials.get("email", "")), client_address(request))
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def format_email_subject(self, subject: str) -> str:
        return subject


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "The code is not right. Take the one that the app shows now.",
        "unverified_email": "Verify your e-mail address first.",
    }
