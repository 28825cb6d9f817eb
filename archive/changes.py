"""Whether the holdings still are what they were: what was read of them may be kept as long as that is so."""

import datetime as dt

from django.db import connection

from archive.clock import to_mjd

#: A value that is another one whenever observations, the files in their rows, or the set of released ones differ.
HoldingsState = tuple[object, ...]

_STATE = (
    "SELECT count(*), max(number), sum(number),"
    " (SELECT max(t_obs_release) FROM archive_observation WHERE t_obs_release <= %s) FROM archive_change"
)


def holdings_state(now: dt.datetime) -> HoldingsState:
    """The state of the holdings at ``now``: changes that were committed, and the newest release.

    Ask for it before the rows are read: what is read then may be newer than its state, never older.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [to_mjd(now)])
        found: HoldingsState = cursor.fetchone()
    return found
