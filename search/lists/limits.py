"""How much a list may hold, and how long it is kept."""

import datetime as dt

MAX_BYTES = 20 * 1000 * 1000
MAX_ROWS = 10_000
MAX_COLUMNS = 200
MAX_LINE_CHARACTERS = 100_000
MAX_CELL_CHARACTERS = 50_000
#: Longer names are cut: a name only labels a row, or is asked of the resolver, which knows none of this length.
MAX_NAME_CHARACTERS = 200
#: What a VOTable may take in memory: its fixed cell widths times its rows.
MAX_TABLE_BYTES = 200 * 1000 * 1000

#: Lists a person has at once.
MAX_LISTS = 50
#: How long a list of a person without an account is kept unused: longer than a session lives.
KEPT_WITHOUT_ACCOUNT = dt.timedelta(days=60)

MAX_RADIUS_ARCSEC = 3600.0
DEFAULT_RADIUS_ARCSEC = 2.0
#: Pairs of one cross-match.
MAX_PAIRS = 500_000
#: Pairs up to which the facets of a cross-match are counted.
MAX_FACET_PAIRS = 100_000
#: Cross-matches kept with a list; an older one makes room.
MAX_MATCHES = 5

#: How long one request asks resolvers on the network for the names of a list, all together.
NETWORK_BUDGET_S = 8.0
