"""Money: the ledger, caps, what was spent, and the receipt."""
