"""Who comes through the FTPS door: anonymous people, and accounts by e-mail and password."""

import threading

from django.conf import settings
from pyftpdlib.exceptions import AuthenticationFailed
from pyftpdlib.handlers import FTPHandler

from accounts.models import User

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
        handler.user_id = None if username == ANONYMOUS else _checked(username, password)

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
    """The account of a session as it is now; None for anonymous people, and for an account that was closed since."""
    user_id: int | None = handler.user_id
    return None if user_id is None else User.objects.filter(pk=user_id, is_active=True).first()


def _checked(email: str, password: str) -> int:
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    with _hash_checks:
        if user is None:
            User().set_password(password)  # the same time for unknown names
        elif user.check_password(password):
            return user.pk
    raise AuthenticationFailed("The e-mail address or the password is not right")
