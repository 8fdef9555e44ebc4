"""The institution: people, conditions, catalogue, requests, reviews, releases, audit (FastAPI + SQLAlchemy)."""
