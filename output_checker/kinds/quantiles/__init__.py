"""Positions: medians and other quantiles, minimum, maximum and mode."""
