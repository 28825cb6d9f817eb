"""The archive's "now": one place that reads the clock, so that everything else takes the time as a parameter."""

import datetime as dt

from django.conf import settings

MJD_EPOCH = dt.datetime(1858, 11, 17, tzinfo=dt.UTC)


def archive_now() -> dt.datetime:
    """The real UTC time, or the instant that the setting ``ARCHIVE_NOW`` pins."""
    pinned: dt.datetime | None = settings.ARCHIVE_NOW
    return pinned or dt.datetime.now(dt.UTC)


def machine_now() -> dt.datetime:
    """The real UTC time, for leases, retries and expiry: these go on when the archive's day is pinned."""
    return dt.datetime.now(dt.UTC)


def to_mjd(moment: dt.datetime) -> float:
    """Days of UTC since 1858-11-17 of an aware datetime."""
    return (moment - MJD_EPOCH) / dt.timedelta(days=1)


def from_mjd(mjd: float) -> dt.datetime:
    """The aware UTC datetime of an MJD, to the nearest microsecond.

    Raises
    ------
    OverflowError : outside the years 1 to 9999.
    """
    return MJD_EPOCH + dt.timedelta(days=mjd)
