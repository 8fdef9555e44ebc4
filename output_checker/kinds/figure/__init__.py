"""Figures: a checked table, drawn by the service."""
