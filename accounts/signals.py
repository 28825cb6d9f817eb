"""What happens to access, for the floors above: mails, and copies that have to go. Sent inside the transaction."""

from django.dispatch import Signal

#: grant, now
access_granted = Signal()
#: program, email, user (may be None), now
access_ended = Signal()
#: access_request, leads (list of `Lead`), now
access_requested = Signal()
#: access_request, now
access_declined = Signal()
#: programs (pairs of mission and number)
release_changed = Signal()
#: programs (pairs of mission and number)
files_withdrawn = Signal()
#: user
password_replaced = Signal()
