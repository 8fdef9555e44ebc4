"""Registered datasets: immutable, content-hashed versions and the views that projects get."""
