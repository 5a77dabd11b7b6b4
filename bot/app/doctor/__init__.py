"""Checks of ``heia doctor``, which find problems before users do. Entry point: ``examination.examine``."""
