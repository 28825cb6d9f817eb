"""Coverage maps (MOC) that people upload and search by: read, kept, compared with footprints."""
