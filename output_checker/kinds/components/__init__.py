"""Principal components and factor analysis: loadings and explained variance, never scores."""
