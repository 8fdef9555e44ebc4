"""The public page of released results: off until an administrator opens it for a centre and a project."""
