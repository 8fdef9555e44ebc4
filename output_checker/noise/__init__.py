"""Differential privacy: noisy answers with a proven guarantee, beside the rules for exact ones.

One neighbour relation everywhere: a population with or without one unit, all its rows with it. What a unit can change
(its largest number of rows, bounds of values, the cells that exist) comes from the catalogue, never from the data or
the query. Noise is whole numbers, drawn exactly, from the operating system's entropy.
"""
