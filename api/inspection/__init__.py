"""Files that are not queries: inspected apart, kept by content, shown safely, and released byte for byte or not at all."""
