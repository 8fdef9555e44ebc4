"""Background work, queued in the transaction that causes it."""
