"""Mutation tests: change one thing in a module that people's trust rests on, and see whether its tests notice.

``areas.toml`` names the modules and their tests, ``equivalent.toml`` the changes that change nothing. The tool is our
own. mutmut 3.8 wraps every function, so tests that count a function's steps fail before anything is changed, and it
leaves out properties, constants and other decorated code. cosmic-ray 8.7 starts Python anew for each mutant.
"""
