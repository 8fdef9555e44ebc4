"""Training inside: the course for municipal researchers, its test, and the evidence that it was passed."""
