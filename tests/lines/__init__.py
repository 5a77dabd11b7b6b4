"""A channel of plain text lines over a TCP socket: what a third channel has to bring, and nothing else.

Entry point: ``channel.lines_plugin``, one line in the table of channels.
"""
