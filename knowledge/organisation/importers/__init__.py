"""Importers of rows and files written by people.

They report every fault with its line.

Entry points: `people`, `ambassadors` and `tree` (organisation file). May
import the other modules of `knowledge.organisation` and the layers below it.
"""
