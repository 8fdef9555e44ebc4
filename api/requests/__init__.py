"""Output requests: what researchers ask to release, and the states a request goes through."""
