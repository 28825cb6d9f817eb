"""What can go wrong with a service: each message is the one line that a person sees."""


class ServiceError(Exception):
    """A service cannot be prepared or started; the text names the remedy."""
