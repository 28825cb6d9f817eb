"""The periods of digests, in UTC: each begins where the calendar's own begins."""

import datetime as dt

from notifications.models import Frequency

#: How long events are gathered for somebody who wants them at once.
FAST_MINUTES = 2


def period_start(frequency: str, now: dt.datetime) -> dt.datetime:
    """Begin of the period in which ``now`` lies; weeks begin on Monday.

    Parameters
    ----------
    now : aware, UTC.
    """
    minute = now.replace(second=0, microsecond=0)
    midnight = minute.replace(hour=0, minute=0)
    match frequency:
        case Frequency.FAST:
            return minute - dt.timedelta(minutes=minute.minute % FAST_MINUTES)
        case Frequency.HOURLY:
            return minute.replace(minute=0)
        case Frequency.DAILY:
            return midnight
        case Frequency.WEEKLY:
            return midnight - dt.timedelta(days=midnight.weekday())
        case Frequency.MONTHLY:
            return midnight.replace(day=1)
    raise ValueError(f"{frequency!r} is none of {', '.join(Frequency.values)}")
