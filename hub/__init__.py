"""The workplace: login and sandboxes in JupyterHub, and the boundary (bridge and guard) around each sandbox."""
