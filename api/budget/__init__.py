"""The privacy budget: what noisy answers about a population may cost, and what they cost so far."""
