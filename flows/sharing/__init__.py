"""What processes and machines share: the store, locks, and the limits of vendors."""
