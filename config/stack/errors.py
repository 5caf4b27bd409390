class StackError(Exception):
    """The desk cannot start here; the message says why and what would help. Shown without a traceback."""
