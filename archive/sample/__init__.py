"""A self-made archive: real programs, targets and instruments' fields of view, with observations and pixels of our own.

``targets`` and ``programs`` hold facts, ``instruments`` fields of view and filters, ``visits`` what was pointed where;
``jwst_rows`` and ``hst_rows`` make observations of it, ``products`` their files, ``sky`` and ``pixels`` the images,
``build`` brings everything into the archive through its ordinary doors.
"""
