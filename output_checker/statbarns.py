"""Families of statistics with the same disclosure risks, the "statbarns" of Green, Ritchie and others."""

from enum import StrEnum


class Statbarn(StrEnum):
    """The published classification; which rules concern a statistic follows from its family."""

    FREQUENCIES = "frequencies"
    LINEAR_AGGREGATIONS = "linear_aggregations"
    POSITION = "position"
    ENDPOINTS = "endpoints"
    MODE = "mode"
    SHAPE = "shape"
    CALCULATED_RATIOS = "calculated_ratios"
    CORRELATION_COEFFICIENTS = "correlation_coefficients"
    STATISTICAL_HYPOTHESIS_TESTS = "statistical_hypothesis_tests"
    GINI_COEFFICIENT = "gini_coefficient"
    NON_LINEAR_CONCENTRATION_RATIOS = "non_linear_concentration_ratios"
    HAZARD_SURVIVAL_TABLES = "hazard_survival_tables"
    CLUSTERS = "clusters"
    LINKED_MULTILEVEL_TABLES = "linked_multilevel_tables"
