"""What pages with the sky view may load beside the portal's own files.

Aladin Lite is WebAssembly, starts a worker from a blob and writes style sheets of its own. The surveys of CDS are asked
for only when somebody chooses one in the sky's settings.
"""

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_update

#: The server of the remote surveys (``static/js/astroview/surveys.js``), and the mirror that they name to the engine.
SURVEY_HOSTS = ("https://alasky.cds.unistra.fr", "https://alaskybis.cds.unistra.fr")

with_sky: Callable[[Callable[..., Any]], Callable[..., Any]] = csp_update(
    {
        "script-src": ["'self'", "'wasm-unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["blob:"],
        "img-src": ["blob:", *SURVEY_HOSTS],
        "connect-src": ["'self'", "data:", "blob:", *SURVEY_HOSTS],
    }
)
