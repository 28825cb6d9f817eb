"""Names to positions: a chain of resolvers, of which the first that knows the name wins.

One interface (`interfaces.Link`), one module a link; `chain.resolve` asks them in the order of ``RESOLVER``.
"""
