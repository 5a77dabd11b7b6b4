"""The program: command line, wiring of the parts, supervision of the running process, operations."""
