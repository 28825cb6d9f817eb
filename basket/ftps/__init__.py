"""The FTPS door: staged requests, read-only, encrypted on both channels. See ``docs/ftps.md``."""
