"""A script that fetches a frozen list file by file with curl, checks each, and can be run again.

Whatever comes from the archive stands in it between single quotes (`quoted`), or was made of safe letters only.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from archive.models import Product
from basket.manifest import delivered_items, delivered_path, manifest_csv, manifest_html
from basket.models import Delivery

MEDIA_TYPE = "text/x-shellscript; charset=utf-8"
EXTENSION = "sh"
_EXCLUSIVE = "EXCLUSIVE_ACCESS"
_END = "</body>\n</html>\n"


def quoted(text: str) -> str:
    """``text`` as one word of a shell, whatever signs it has."""
    return "'" + text.replace("'", "'\\''") + "'"


def script(delivery: Delivery, address_of: Callable[[Product], str]) -> Iterator[str]:
    """The script, in pieces.

    Parameters
    ----------
    address_of : where a file is fetched by itself, an absolute address.
    """
    yield from _head(delivery)
    yield _body()
    yield "\n"
    items = delivered_items(delivery).select_related("product")
    for item in items.iterator(2000):
        exclusive = int(item.access == _EXCLUSIVE)
        words = (
            quoted(delivered_path(delivery, item)),
            str(item.size_bytes),
            item.sha256,
            quoted(address_of(item.product)),
            str(exclusive),
        )
        yield f"fetch {' '.join(words)}\n"
    yield "\nsummary\n"


def _head(delivery: Delivery) -> Iterator[str]:
    items = delivered_items(delivery)
    manifest = manifest_html(delivery).decode()
    figures = {
        "FILES": items.count(),
        "BYTES": delivery.bytes_total,
        "EXCLUSIVE": items.filter(access=_EXCLUSIVE).count(),
        "WITHHELD": delivery.files_requested - delivery.files_included,
    }
    yield "#!/bin/bash\n"
    yield f"# {_one_line(delivery.name)}.{EXTENSION}: run it with bash; it needs curl.\n\n"
    yield f"NAME={quoted(delivery.name)}\n"
    for name, value in figures.items():
        yield f"{name}={value}\n"
    yield f"MANIFEST_TOP={quoted(manifest.removesuffix(_END))}\n"
    yield f"MANIFEST_END={quoted(_END)}\n"
    yield f"MANIFEST_CSV={quoted(manifest_csv(delivery).decode())}\n\n"


def _one_line(text: str) -> str:
    return re.sub(r"[^ -~]", "_", text)


@cache
def _body() -> str:
    return (Path(__file__).parent / "fetch.sh").read_text(encoding="utf-8")
