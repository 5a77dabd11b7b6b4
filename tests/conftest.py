"""What holds for all tests."""

from hypothesis import settings

# How long a case takes says more about the machine than about the program.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
