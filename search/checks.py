"""What must hold of the settings before a search can run."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from search.resolver.chain import LINKS


def resolver_links_are_known(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every word of ``RESOLVER`` names a link of the chain."""
    return [
        Error(
            f"RESOLVER names “{name}”, which is not a resolver.",
            hint=f"Choose among {', '.join(LINKS)}; the order is that of asking.",
            id="search.E001",
        )
        for name in settings.RESOLVER
        if name not in LINKS
    ]
