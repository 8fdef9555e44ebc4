"""Models: coefficients with their uncertainty, and the fit; never residuals, fitted values or effects of groups."""
