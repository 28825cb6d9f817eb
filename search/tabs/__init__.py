"""Open searches as tabs, and searches kept under a name: of a person's account, else of the session."""
