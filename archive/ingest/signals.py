"""What ingest tells the floors above, inside its transaction."""

from django.dispatch import Signal

#: Programs came with the addresses of their PIs. now: the archive's time.
pi_addresses_ingested = Signal()
#: Rows of observations or products that were there came with other values; their release may have moved.
holdings_changed = Signal()
