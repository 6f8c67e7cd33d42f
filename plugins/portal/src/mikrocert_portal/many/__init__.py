"""Many files verified at once: sent one by one or packed, answered as a table, and kept in memory only."""
