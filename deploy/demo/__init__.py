"""The demo: survey microdata with Dutch keys, an institution that uses it, and the main job performed before your eyes."""
