"""Column names for formats that do not take any: identifiers of XML, columns of a FITS table."""

import re
from collections.abc import Sequence

from archive.columns import Column


def plain_names(columns: Sequence[Column]) -> list[str]:
    """Letters, digits and underscores, each name once. Published names are so already; people's own may be anything."""
    names: list[str] = []
    for column in columns:
        name = re.sub(r"[^A-Za-z0-9_]", "_", column.name)
        name = name if re.match(r"[A-Za-z_]", name) else f"_{name}"
        names.append(name if name not in names else f"{name}_{len(names)}")
    return names
