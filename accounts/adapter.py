"""How the accounts library behaves here: throttled, quiet about who has an account, and in our words.

Mail is the business of `notifications.account_mail`, which extends the adapter below.
"""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest

from accounts import throttle
from accounts.client import client_address
from accounts.models import User
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
        "too_many_login_attempts": "The code was wrong too often. Ask for a new one.",
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


class ServiceAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Log-in services. Whose account it is, is told by the service's own number for the person, never by an address."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": "Set a password first: without the service nothing else would open the account.",
        "no_verified_email": "Verify an e-mail address first: without the service nothing else would open the account.",
        "connected_other": "This log-in opens another account. Disconnect it there first.",
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse a service whose two statements speak of two people (OpenID Connect Core 1.0, 5.3.2)."""
        told = sociallogin.account.extra_data
        subjects = {str(told[part].get("sub")) for part in ("id_token", "userinfo") if told.get(part)}
        if len(subjects) > 1:
            raise PermissionDenied("the service's ID token and its user info speak of two people")

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name"), data.get("last_name"))
        name = data.get("name") or " ".join(part for part in parts if part)
        user.display_name = " ".join(str(name).split())[:120]
        return user

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        return {**super().get_signup_form_initial_data(sociallogin), "display_name": sociallogin.user.display_name}


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "The code is not right. Take the one that the app shows now.",
        "unverified_email": "Verify your e-mail address first.",
    }
