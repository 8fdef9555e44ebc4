"""What holds for all tests."""

from hypothesis import settings

# A run that is recorded must be repeatable: the same examples each time, so that neither a verdict nor the measured
# coverage depends on luck. To look for new examples: `pytest --hypothesis-profile=default`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
