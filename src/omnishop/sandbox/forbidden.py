"""What the world says to a step it does not allow."""


class Forbidden(Exception):
    """A step that this case or order does not allow now; the message names both."""
