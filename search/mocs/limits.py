"""How large an uploaded MOC may be, and how long it is kept."""

import datetime as dt

MAX_BYTES = 5 * 1000 * 1000
#: Cells of a MOC in its shortest form.
MAX_CELLS = 20_000
#: MOCs that a person has at once.
MAX_MOCS = 20
#: How long a MOC of a person without an account is kept: longer than a session lives.
KEPT_WITHOUT_ACCOUNT = dt.timedelta(days=60)
