"""One turn: recognise the person, let a flow decide, commit, send the replies. Entry point: ``runtime.Runtime``."""
