"""The guard between the public proxy and a sandbox's notebook server: which routes, how many bytes, which headers."""
