"""Formats of the portal's one language."""
