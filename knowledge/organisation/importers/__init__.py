"""Importers of rows and files written by people.

They report every fault with its line.

Entry points: `registry` (people and ambassadors) and `tree` (organisation file, used by ``Organisation.parse``). May
import the other modules of `knowledge.organisation` and the layers below it.
"""
