"""Deliveries that a worker prepares: folders staged for FTPS, and bundles built ahead.

The database is the truth. `states` holds every change of a delivery, one UPDATE each; `job` is what a worker does with
a claimed delivery; `sweep` finds what was lost. See ``docs/staging.md``.
"""

from basket.staging.submission import SubmitError, submit

__all__ = ["SubmitError", "submit"]
