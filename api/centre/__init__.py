"""The page of a centre: how its requests go, in figures over time, and who must see them."""
