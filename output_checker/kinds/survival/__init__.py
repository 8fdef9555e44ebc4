"""Survival: Kaplan-Meier curves and life tables in steps that are each of many units."""
