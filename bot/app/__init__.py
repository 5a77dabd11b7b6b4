"""The program: command line, wiring, supervision of the running process, operations.

Entry point: ``cli.main``. The top layer of ``bot``: it may import every other package, and none may import it.
"""
