"""Concentration: Gini, Lorenz curve, concentration ratios and Herfindahl index."""
