"""Mail as files: one .eml a mail, for a portal without a mail server."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from archive.clock import machine_now


class EmlFileBackend(BaseEmailBackend):
    """Writes each mail to ``settings.EMAIL_FILE_PATH``, readable by its owner alone, there at once or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            _write(folder, message)
        return len(email_messages)


def _write(folder: Path, message: EmailMessage) -> None:
    content = message.message().as_bytes()
    mark = hashlib.sha256(content).hexdigest()[:12]
    name = f"{machine_now():%Y%m%dT%H%M%S.%f}-{mark}.eml"
    handle, part = tempfile.mkstemp(prefix=".part-", dir=folder)  # made with mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, folder / name)
