"""Searches as files: one writer a format, all of the shape in `search.exports.interfaces`."""
