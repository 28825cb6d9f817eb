"""The synthetic sky: a HiPS drawn from catalogues, so that AstroView has a background without a network.

Stars are those of Hipparcos, galaxies, clusters and nebulae those of OpenNGC, and the Milky Way is a smooth model of
the Galaxy's disc. Nothing of it is an image, and the pane says so.
"""
