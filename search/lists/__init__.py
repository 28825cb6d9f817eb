"""Target lists: tables of positions or names that people bring along, and cross-matches of them with the observations.

`parse` reads a file, `positions` and `naming` give its rows a place on the sky, `actions` keeps lists, `crossmatch`
finds the observations around their rows.
"""
