"""Tests and correlations: statistics with their p-values, never the groups themselves."""
