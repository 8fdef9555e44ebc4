"""Files that are not queries: content is read, not believed, and what is found is shown to the people who decide."""
