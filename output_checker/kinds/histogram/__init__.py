"""Histograms over public bins."""
