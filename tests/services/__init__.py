"""The real servers and processes that tests talk to."""
