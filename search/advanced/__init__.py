"""Advanced Search: criteria chosen in dialogs, with the number of records that match them."""
