"""Logging in: the embedded OpenID provider and the sessions of the pages."""
