"""Output checking: recompute a result, gather the evidence behind each number, judge it by rules."""
