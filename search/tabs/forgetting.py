"""What is let go after a while: tabs and saved searches of sessions out of use, and deleted saved searches."""

import datetime as dt

from search.models import SavedSearch, Tab

#: Longer than a session lives, so that nothing of a living session is taken.
SESSION_KEPT = dt.timedelta(days=60)
#: How long a deletion can be undone.
DELETED_KEPT = dt.timedelta(days=7)


def forget_tabs(now: dt.datetime) -> None:
    """Delete what nobody can reach any more; ``now`` of the machine's clock."""
    Tab.objects.filter(owner=None, used_at__lt=now - SESSION_KEPT).delete()
    SavedSearch.objects.filter(owner=None, opened_at__lt=now - SESSION_KEPT).delete()
    SavedSearch.objects.filter(deleted_at__lt=now - DELETED_KEPT).delete()
