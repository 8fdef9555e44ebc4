"""Kernel densities on a public grid."""
