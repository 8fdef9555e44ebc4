"""The researcher's side: pandas habits in a notebook, with the same judge as the service for a pre-check."""
