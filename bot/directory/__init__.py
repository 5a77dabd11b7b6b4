"""The registry: people and ambassadors, from files into the store and back."""

from bot.directory.sample import load_sample

__all__ = ["load_sample"]
