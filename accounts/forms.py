"""The forms of signing up, logging in and second factors, each behind the throttle.

The library's forms answer the same for known and unknown addresses; here they also take the same time.
"""

import secrets
from functools import cached_property
from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    LoginForm,
    RequestReauthenticationCodeForm,
    ResetPasswordForm,
    SignupForm,
)
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from accounts import throttle
from accounts.adapter import take_try
from accounts.client import client_address
from accounts.models import User


class PortalLoginForm(LoginForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"
        self.fields["password"].help_text = ""  # the page has the link


class PortalSignupForm(SignupForm):  # type: ignore[misc]  # the library has no types
    field_order = ["email", "display_name", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        self.fields["password1"].help_text = "At least 12 characters; not a common password."

    def clean_email(self) -> str:
        email: str = super().clean_email()
        take_try(context.request, email)
        return email

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            self._work_in_vain(request)
        return super().try_save(request)

    def _work_in_vain(self, request: HttpRequest) -> None:
        """Spend the hash and the statements of a new account, and undo them: the answer takes as long."""
        asked, self.account_already_exists = self.cleaned_data["email"], False
        with transaction.atomic():
            self.cleaned_data["email"] = f"{secrets.token_hex(8)}@nobody.invalid"
            self.save(request)
            transaction.set_rollback(True)
        self.cleaned_data["email"], self.account_already_exists = asked, True


class PortalResetForm(ResetPasswordForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"

    def clean_email(self) -> str:
        email: str = super().clean_email()
        take_try(context.request, email)
        return email


class PortalAddEmailForm(AddEmailForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"


class _ThrottledCode:
    """A code is a secret to be tried as a password is."""

    user: User

    def clean_code(self) -> str:
        request: HttpRequest = context.request
        account = f"code {self.user.pk}"
        take_try(request, account)
        code: str = super().clean_code()  # type: ignore[misc]  # of the form that this is mixed into
        throttle.forgive(account, client_address(request))
        return code


class PortalCodeForm(_ThrottledCode, AuthenticateForm):  # type: ignore[misc]  # the library has no types
    """The code while logging in; knows which second factors the page has to offer."""

    @cached_property
    def _factors(self) -> frozenset[str]:
        return frozenset(Authenticator.objects.filter(user=self.user).values_list("type", flat=True))

    def has_app(self) -> bool:
        return Authenticator.Type.TOTP in self._factors

    def has_key(self) -> bool:
        return Authenticator.Type.WEBAUTHN in self._factors


class PortalMailedCodeForm(RequestReauthenticationCodeForm):  # type: ignore[misc]  # the library has no types
    """Asks for a code by mail, for those who have no password and no second factor."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self._account = f"code {user.pk}"
        self.fields["recipient"].label = "To"

    def clean_recipient(self) -> str:
        take_try(context.request, self._account)
        recipient: str = self.cleaned_data["recipient"]
        return recipient


class PortalCodeAgainForm(_ThrottledCode, ReauthenticateForm):  # type: ignore[misc]  # the library has no types
    pass
