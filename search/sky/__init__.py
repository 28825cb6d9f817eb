"""What the sky beside the grid is told: shapes of rows, counts by cell, coverage, places of pictures."""
