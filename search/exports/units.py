"""Units as the Virtual Observatory writes them, which VOTable, ECSV and FITS share."""

from archive.columns import Column, ColumnType

_VO_UNITS = {"MJD": "d", "sec": "s", "ICRS Shape": ""}


def vo_unit(column: Column) -> str:
    """``d`` for a date in MJD, ``s`` for the published word ``sec``; empty for what has none."""
    return "d" if column.type is ColumnType.MJD else _VO_UNITS.get(column.unit, column.unit)
