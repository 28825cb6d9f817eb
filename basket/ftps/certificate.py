"""The certificate of the FTPS door: made at the first start, replaceable by the operator's own."""

import datetime as dt
import ipaddress
import os
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LIFE = dt.timedelta(days=3650)
_MAKER = "Archive Portal, made at first start"


def ensure(path: Path, host: str, now: dt.datetime) -> bool:
    """See that ``path`` holds a key and a certificate for ``host``; True when a new pair was made.

    The operator's own certificate is never touched; ours is made again when it does not name the host.
    """
    if path.exists() and not (_is_ours(_load(path)) and not _names(_load(path), host)):
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)  # made with mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(_made(host, now))
    os.replace(part, path)
    return True


def public_part(path: Path) -> bytes:
    """The certificate without its key, PEM, for people to check the door with. Raises `FileNotFoundError`."""
    return _load(path).public_bytes(serialization.Encoding.PEM)


def is_self_signed(path: Path) -> bool:
    """Whether people need `public_part` to trust the door; a certificate that is not there yet will be ours."""
    try:
        certificate = _load(path)
    except FileNotFoundError:
        return True
    return certificate.issuer == certificate.subject


def _load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(path.read_bytes())[0]


def _is_ours(certificate: x509.Certificate) -> bool:
    return any(part.value == _MAKER for part in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def _names(certificate: x509.Certificate, host: str) -> bool:
    return _name(host) in list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode("ascii"))


def _made(host: str, now: dt.datetime) -> bytes:
    """Key and self-signed certificate, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    common_name = x509.NameAttribute(NameOID.COMMON_NAME, host[:64])
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, _MAKER), common_name])
    names = dict.fromkeys([_name(host), _name("localhost"), _name("127.0.0.1"), _name("::1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
