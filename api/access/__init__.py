"""Who may open which project, under which conditions, and the sandboxes that follow from it."""
