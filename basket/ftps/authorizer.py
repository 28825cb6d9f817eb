"""Who comes through the FTPS door: anonymous people, and accounts by e-mail and password."""

import threading

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from pyftpdlib.exceptions import AuthenticationFailed
from pyftpdlib.handlers import FTPHandler

from accounts import throttle, tokens
from accounts.actions import account_of
from accounts.models import User
from archive.clock import machine_now

ANONYMOUS = "anonymous"
#: One check of a password takes a good part of a core and of memory.
_hash_checks = threading.BoundedSemaphore(4)


class PortalAuthorizer:
    """Asks the portal's accounts. Reading is all that anybody may do."""

    def validate_authentication(self, username: str, password: str, handler: FTPHandler) -> None:
        """Let the person in, and remember on the handler who it is.

        Raises
        ------
        AuthenticationFailed : there is no such account, or the password is another; the answer is the same.
        """
        handler.user_id = handler.token_id = None
        handler.password_mark = ""
        if username != ANONYMOUS:
            user, handler.token_id = _checked(username, password, handler.remote_ip)
            handler.user_id, handler.password_mark = user.pk, user.get_session_auth_hash()

    def get_home_dir(self, username: str) -> str:
        return str(settings.STAGING_ROOT)

    def has_user(self, username: str) -> bool:
        return True

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        return perm in self.get_perms(username)

    def get_perms(self, username: str) -> str:
        return "elr"  # enter, list, read

    def get_msg_login(self, username: str) -> str:
        return "Welcome. Your mail names the folder."

    def get_msg_quit(self, username: str) -> str:
        return "Goodbye."

    def impersonate_user(self, username: str, password: str) -> None:
        """Nothing: files are opened by the portal's own account."""

    def terminate_impersonation(self, username: str) -> None:
        """Nothing: see `impersonate_user`."""


def person_of(handler: FTPHandler) -> User | None:
    """The account of a session as it is now; None for anonymous people, and when account or token have ended.

    With a new password a session ends, too, as it does on the pages.
    """
    if handler.token_id is not None and not tokens.is_live(handler.token_id, machine_now()):
        return None
    user = User.objects.filter(pk=handler.user_id, is_active=True).first()
    return user if user is not None and user.get_session_auth_hash() == handler.password_mark else None


def _checked(email: str, password: str, address: str) -> tuple[User, int | None]:
    """(account, token that was shown as its password, if any).

    A person with a second factor comes with a token: a password alone does not open the account anywhere.
    """
    try:
        throttle.take(email, address, machine_now())
    except throttle.SlowDownError as error:
        raise AuthenticationFailed(str(error)) from None
    user = account_of(email) or User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    token = tokens.find(password, machine_now())
    if token is not None and user is not None and token.user_id == user.pk and tokens.STAGE in token.scopes:
        throttle.forgive(email, address)
        return user, token.pk
    with _hash_checks:
        if user is None:
            User().set_password(password)  # the same time for unknown names
        elif user.check_password(password) and not is_mfa_enabled(user):
            throttle.forgive(email, address)
            return user, None
    raise AuthenticationFailed("The e-mail address or the password is not right")
