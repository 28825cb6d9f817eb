"""Where a prepared delivery lies, and the words that fetch it: the same in mail, page and door."""

import re
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from basket.ftps.certificate import is_self_signed
from basket.manifest import DOCUMENT_NAMES, SUMS_NAME
from basket.models import Delivery, DeliveryKind

ANONYMOUS_FOLDER = "stage/anonymous"
CERTIFICATE_NAME = "ftps-certificate.pem"


def new_folder(delivery: Delivery) -> str:
    """A folder under ``STAGING_ROOT``. That of a request without an account is a secret: 128 random bits."""
    if delivery.kind != DeliveryKind.STAGING:
        return f"bundles/{delivery.pk}"
    if delivery.owner_id is None:
        return f"{ANONYMOUS_FOLDER}/anon{secrets.token_hex(16)}"
    return f"stage/{delivery.owner_id}/{delivery.pk}"


def on_disk(delivery: Delivery) -> Path:
    return Path(settings.STAGING_ROOT, delivery.folder)


def page_url(delivery: Delivery) -> str:
    return settings.SITE_URL + reverse("basket:request", args=[delivery.pk])


@dataclass(frozen=True)
class PickUp:
    """How a staged folder is fetched over FTPS."""

    host: str
    port: int
    folder: str  # as the door shows it, with a slash at both ends
    user: str
    password: str  # empty: the account's own, which only its owner knows
    trust: str  # the address of the door's certificate; empty when ordinary trust does

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ftp://{host}:{self.port}"

    @property
    def curl_lines(self) -> list[str]:
        """Shell lines that fetch everything, may be repeated after a break, and check the sums."""
        login = shlex.quote(f"{self.user}:{self.password}" if self.password else self.user)
        safe = f"--ssl-reqd{f' --cacert {CERTIFICATE_NAME}' if self.trust else ''} --user {login}"
        folder = f"{self.url}{self.folder}"
        program = '{print "url = ' + folder + '" $2 "\\nremote-name"}'
        lines = (
            [f"curl --fail --silent --show-error \\\n  --output {CERTIFICATE_NAME} {self.trust}"] if self.trust else []
        )
        return [
            *lines,
            f"curl {safe} \\\n  --remote-name-all '{folder}{{{','.join(DOCUMENT_NAMES)}}}'",
            f"awk '{program}' {SUMS_NAME} |\n  curl {safe} --continue-at - --config -",
            f"sha256sum --check {SUMS_NAME}",
        ]

    @property
    def lftp_line(self) -> str:
        login = shlex.quote(f"{self.user},{self.password}" if self.password else self.user)
        trust = f"set ssl:ca-file {CERTIFICATE_NAME}; " if self.trust else ""
        safe = f"set ftp:ssl-force true; set ftp:ssl-protect-data true; {trust}"
        return f"lftp -u {login} \\\n  -e '{safe}mirror --continue {self.folder} .; bye' \\\n  {self.url}"


def pick_up(delivery: Delivery) -> PickUp:
    owner = delivery.owner
    return PickUp(
        host=settings.FTPS_PUBLIC_HOST,
        port=settings.FTPS_PORT,
        folder=f"/{delivery.folder}/",
        user=owner.email if owner else "anonymous",
        password="" if owner else _plain(delivery.email),
        trust=settings.SITE_URL + reverse("basket:ftps_certificate")
        if is_self_signed(settings.FTPS_CERTIFICATE)
        else "",
    )


def _plain(email: str) -> str:
    """The address where it needs no quoting on any command line; the door takes any."""
    return email if re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", email) else "guest@example.org"


@dataclass(frozen=True)
class BuiltFile:
    """One file of a bundle that a worker built: the whole, or a part."""

    name: str
    url: str
    files: int
    size_bytes: int
    sha256: str


def built_files(delivery: Delivery) -> list[BuiltFile]:
    """What is fetched over HTTP once the bundle is built; more than one where it was asked for in parts."""
    if not delivery.built_name:
        return []
    if parts := list(delivery.parts.all()):
        return [
            BuiltFile(part.name, built_url(delivery, part.name), part.files, part.size_bytes, part.sha256)
            for part in parts
        ]
    name, size_bytes = delivery.built_name, delivery.built_size_bytes or 0
    return [BuiltFile(name, built_url(delivery, name), delivery.files_done, size_bytes, delivery.built_sha256)]


def built_url(delivery: Delivery, name: str) -> str:
    """Where a file of a bundle built by a worker is fetched: at the download door, where there is one."""
    path = reverse("basket:built", args=[delivery.pk, name])
    if settings.DOWNLOAD_URL or not settings.DOWNLOAD_DOOR:
        return (settings.DOWNLOAD_URL or settings.SITE_URL) + path
    site = urlsplit(settings.SITE_URL)
    host = f"[{site.hostname}]" if ":" in (site.hostname or "") else site.hostname
    return f"{site.scheme}://{host}:{settings.DOWNLOAD_PORT}{path}"
