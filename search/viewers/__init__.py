"""Looking into rows and files: the chart, the spectral viewer, the time series viewer, Jdaviz, cut-outs.

Every picture is drawn on the server from numbers that `accounts.access` lets the person read, and works without script.
"""
