"""One throttle for every door where secrets are tried: log-in, codes, reset, sign-up, tokens, FTPS.

Token buckets in Redis, shared by all processes. There is one for an account *from an address*, and one for the whole
network of the address: trying is slowed where it comes from, and the owner who comes from elsewhere never notices.
"""

import datetime as dt
import hashlib
import logging
import math
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings

from accounts.client import host_of, network_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bucket:
    """``capacity`` tries at once, then one each ``refill_s`` seconds."""

    capacity: int
    refill_s: float


#: One account from one address.
ACCOUNT = Bucket(capacity=8, refill_s=15.0)
#: Everything that one network tries.
NETWORK = Bucket(capacity=60, refill_s=2.0)

_TAKE = """
local wait = 0
local left = {}
for i, key in ipairs(KEYS) do
  local capacity, refill = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local kept = redis.call('HMGET', key, 'left', 'at')
  local now = tonumber(ARGV[1])
  local passed = math.max(0, now - (tonumber(kept[2]) or now))
  left[i] = math.min(capacity, (tonumber(kept[1]) or capacity) + passed / refill)
  if left[i] < 1 then wait = math.max(wait, (1 - left[i]) * refill) end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'left', tostring(left[i] - 1), 'at', ARGV[1])
  redis.call('EXPIRE', key, math.ceil(tonumber(ARGV[2 * i]) * tonumber(ARGV[2 * i + 1])) + 1)
end
return '0'
"""


class SlowDownError(Exception):
    """Too many tries; ``wait_s`` is when the next one is taken."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = math.ceil(wait_s)
        super().__init__(f"Too many attempts from your network. Try again in {self.wait_s} s.")


def take(account: str, address: str, now: dt.datetime) -> None:
    """Spend one try for an account (an e-mail address in any spelling, or another name) from an IP address.

    Raises
    ------
    SlowDownError : the try is not to be made.
    """
    keys = _keys(account, address)
    numbers = [now.timestamp(), *_numbers(ACCOUNT), *_numbers(NETWORK)]
    try:
        wait_s = float(redis_server().eval(_TAKE, len(keys), *keys, *map(str, numbers)))
    except redis.RedisError as error:
        logger.warning("the throttle does not answer (%s); the try is let through", error)
        return
    if wait_s > 0:
        raise SlowDownError(wait_s)


def forgive(account: str, address: str) -> None:
    """After a success: the account's own bucket is full again; the network's is not, or one account would open many."""
    try:
        redis_server().delete(_keys(account, address)[0])
    except redis.RedisError as error:
        logger.warning("the throttle does not answer (%s)", error)


def _keys(account: str, address: str) -> list[str]:
    who = hashlib.sha256(account.strip().casefold().encode()).hexdigest()[:32]
    return [f"throttle:{who}:{host_of(address)}", f"throttle:{network_of(address)}"]


def _numbers(bucket: Bucket) -> tuple[float, float]:
    return bucket.capacity, bucket.refill_s


@cache
def redis_server() -> "redis.Redis":
    # the broker's library names the number of a database behind a socket otherwise
    url = settings.REDIS_URL.replace("?virtual_host=", "?db=")
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
