"""Where a request comes from, for throttles and the list of sessions."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - a value, not an interface: a socket without an address


def client_address(request: HttpRequest) -> str:
    """The client's IP address: the one that our own proxy added last, when there is a proxy, else the socket's."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2] if settings.BEHIND_PROXY else ""
    for candidate in (forwarded.strip(), request.META.get("REMOTE_ADDR", "")):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue
    return UNKNOWN


def host_of(address: str) -> str:
    """What stands for one machine: an IPv4 address, the /64 of an IPv6 address, of which one machine has many."""
    return _network(address, 32)


def network_of(address: str) -> str:
    """The neighbourhood of an address: the /24 of IPv4, the /64 of IPv6."""
    return _network(address, 24)


def _network(address: str, bits: int) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network(f"{parsed}/{bits if parsed.version == 4 else 64}", strict=False))
