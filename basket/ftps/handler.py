"""The rules of the FTPS door: encryption that cannot be turned off, nothing written, passive transfers only."""

import threading

from django.db import close_old_connections, connections
from OpenSSL import SSL
from pyftpdlib.handlers import TLS_FTPHandler

from basket.ftps.authorizer import PortalAuthorizer
from basket.ftps.filesystem import StagedFiles

WRITING = {"STOR", "STOU", "APPE", "ALLO", "DELE", "MKD", "RMD", "XMKD", "XRMD", "RNFR", "RNTO", "MFMT", "SITE CHMOD"}
ACTIVE_MODE = {"PORT", "EPRT"}
#: Commands that are answered at one time: each may hold a database connection.
_answering = threading.BoundedSemaphore(16)
#: Two sockets may be bound to one port while neither listens; the second to listen would end its visitor's session.
_taking_a_port = threading.Lock()


class PassivePort(TLS_FTPHandler.passive_dtp):  # type: ignore[misc]  # the library has no types
    """Where one data connection is waited for. A port is taken by one visitor at a time, all of whom have threads."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        with _taking_a_port:
            super().__init__(*args, **kwargs)


class DoorHandler(TLS_FTPHandler):  # type: ignore[misc]  # the library has no types
    """One visitor's control connection, in a thread of its own."""

    banner = "Archive Portal, explicit TLS (AUTH TLS) required."
    authorizer = PortalAuthorizer()
    abstracted_fs = StagedFiles
    passive_dtp = PassivePort
    proto_cmds = {name: rule for name, rule in TLS_FTPHandler.proto_cmds.items() if name not in WRITING | ACTIVE_MODE}
    tls_control_required = True
    tls_data_required = True
    permit_foreign_addresses = False
    max_login_attempts = 3
    auth_failed_timeout = 2  # s before a refusal is answered
    user_id: int | None = None
    token_id: int | None = None
    goes_on = False  # whether the transfer that is asked for began earlier
    password_mark: str = ""  # changes with the account's password

    def process_command(self, cmd: str, *args: str, **kwargs: str) -> None:
        """Answer one command, holding a database connection no longer than that."""
        with _answering:
            close_old_connections()
            try:
                if self.fs is not None:
                    self.fs.forget_listing()
                super().process_command(cmd, *args, **kwargs)
            finally:
                connections.close_all()

    def flush_account(self) -> None:
        super().flush_account()
        self.user_id = self.token_id = None
        self.password_mark = ""

    def ftp_AUTH(self, line: str) -> None:  # noqa: N802 - the library's names
        """Begin TLS, unless something was sent in clear behind AUTH: it would be answered inside the session."""
        if self._in_buffer or self.ac_in_buffer:
            self.log("commands sent in clear behind AUTH; connection closed")
            self.close()
            return
        super().ftp_AUTH(line)

    def ftp_RETR(self, file: str) -> str | None:  # noqa: N802 - the library's names
        """Send a file; the library forgets where it is to go on before the file is opened."""
        self.goes_on = bool(self._restart_position)
        path: str | None = super().ftp_RETR(file)
        return path

    def ftp_PROT(self, line: str) -> None:  # noqa: N802 - the library's names
        """Refuse clear data connections also after a protected one was agreed on."""
        if line.strip().upper() == "C":
            self.respond("536 Data connections are protected here; use PROT P.")
            return
        super().ftp_PROT(line)


class ImplicitHandler(DoorHandler):
    """Implicit TLS: the handshake comes before the greeting."""

    banner = "Archive Portal."

    def handle(self) -> None:
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        super().handle()


def tls_context(certificate: str) -> SSL.Context:
    """TLS 1.2 or newer, with the key and the certificate in one PEM file."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.use_certificate_chain_file(certificate)
    context.use_privatekey_file(certificate)
    context.check_privatekey()
    return context
