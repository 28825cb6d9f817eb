"""The broker of the test run, spoken to directly."""

from urllib.parse import parse_qs, urlsplit

import redis


def client(url: str) -> redis.Redis:
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return redis.Redis.from_url(url)
    number = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return redis.Redis(unix_socket_path=parts.path, db=int(number))


def drop_messages(url: str) -> None:
    """Throw away every waiting and unacknowledged message; what workers listen to stays."""
    with client(url) as connection:
        left = [key for key in connection.scan_iter() if b"_kombu.binding" not in key]
        if left:
            connection.delete(*left)
