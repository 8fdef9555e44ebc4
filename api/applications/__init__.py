"""Applications for projects: what is asked, who approves it step by step, and the project that comes of it."""
