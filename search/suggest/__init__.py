"""What the search box proposes while somebody types: names, programs, observation IDs."""
