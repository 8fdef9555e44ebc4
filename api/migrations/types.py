"""Types of columns that migrations make, where these differ between databases."""

from __future__ import annotations

import sqlalchemy as sa

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A whole number of 64 bits; SQLite's INTEGER holds these, and only that type can number its rows."""
