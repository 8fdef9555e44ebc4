"""Closing a project: what runs ends, and after a time what people worked on is deleted, with proof."""
