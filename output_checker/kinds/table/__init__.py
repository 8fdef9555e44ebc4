"""Cross tables of counts, sums and means."""
