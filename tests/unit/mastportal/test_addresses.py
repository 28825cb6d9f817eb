"""`docs/addresses.md` lists every address of the portal."""

import re
from collections.abc import Iterator

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Every address, its parameters as ``<>``."""
    for pattern in resolver.url_patterns:
        address = before + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if address.endswith("/?"):  # of the wire protocol, in any case
            address = re.sub(r"\[(.).\]", r"\1", address).removesuffix("/?").replace("\\", "")
        address = re.sub(r"\(\?P<\w+>(?:\[[^]]*\]|[^()])*\)", "<>", address)
        if address == "/admin/" and isinstance(pattern, URLResolver):
            yield address  # Django's own tree
            continue
        if isinstance(pattern, URLPattern):
            yield re.sub(r"<[^>]*>", "<>", address)
        else:
            yield from addresses(pattern, address)


def test_every_address_is_described() -> None:
    text = (settings.BASE_DIR / "docs" / "addresses.md").read_text(encoding="utf-8")
    described = {re.sub(r"<[^>]*>", "<>", found) for found in re.findall(r"`(/[^` ]*)`", text)}
    probes = {"/healthz", "/readyz"}  # answered before the addresses are asked
    assert described - probes == set(addresses(get_resolver()))
