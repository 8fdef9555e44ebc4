"""Notices: what happened that somebody should know, in their inbox and by mail; a number and an address, no figures."""
