"""The basket, and deliveries: a delivery is a frozen list of files, of which zip, tar and staging are renderings."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from archive.models import Observation, Product


class Basket(models.Model):
    """Observations that a person collects. Found by the session's token; follows the account at log-in."""

    token = models.UUIDField(default=uuid.uuid4, unique=True)
    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    #: Whether the Download Manager shows Minimum Recommended Products only.
    recommended_only = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"basket {self.token}"


class BasketObservation(models.Model):
    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="observations")
    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basket", "observation"], name="basket_observation_once")]

    def __str__(self) -> str:
        return f"{self.observation_id} in {self.basket_id}"


class Tick(models.Model):
    """A file ticked in the Download Manager; filters hide files, ticks stay."""

    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="ticks")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basket", "product"], name="basket_tick_once")]

    def __str__(self) -> str:
        return f"{self.product_id} ticked in {self.basket_id}"


class RemovedFile(models.Model):
    """A file that a person took out of the basket while its observation stays."""

    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="removed_files")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basket", "product"], name="basket_removed_once")]

    def __str__(self) -> str:
        return f"{self.product_id} removed from {self.basket_id}"


class BasketReference(models.Model):
    """A calibration reference file that a person retrieved: shown under the observations that list it.

    Who lists a reference is known to everybody's basket; this mark says whose basket shows it.
    """

    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="references")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basket", "product"], name="basket_reference_once")]

    def __str__(self) -> str:
        return f"reference {self.product_id} in {self.basket_id}"


class DeliveryKind(models.TextChoices):
    ZIP = "zip", "zip, streamed"
    TAR = "tar", "tar, streamed"
    TAR_GZ = "tar.gz", "tar.gz, streamed"
    CURL = "curl", "cURL script"
    STAGING = "staging", "staged for FTPS pick-up"
    BUILT_ZIP = "built_zip", "zip built by a worker"
    BUILT_TAR = "built_tar", "tar built by a worker"


class DeliveryState(models.TextChoices):
    FROZEN = "frozen", "ready to stream"
    QUEUED = "queued", "queued"
    RUNNING = "running", "staging"
    WAITING_SPACE = "waiting_space", "waiting for disk space"
    READY = "ready", "ready"
    PARTIAL = "partial", "ready, some files failed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    EXPIRED = "expired", "expired"


class Delivery(models.Model):
    """One request to take files home."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.TextField(choices=DeliveryKind.choices)
    name = models.TextField()  # MAST_2026-01-20T1204
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    email = models.EmailField(default="", blank=True)
    created_at = models.DateTimeField()
    state = models.TextField(choices=DeliveryState.choices, default=DeliveryState.FROZEN)
    flat = models.BooleanField(default=False)  # all files in one folder, else mission/obs_id/file
    part_bytes = models.BigIntegerField(null=True, blank=True)  # of a bundle built in parts: the size of one
    #: The basket out of which the files go once the bundle went out whole.
    empties = models.ForeignKey(Basket, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    # The frozen list in figures; the items are the truth. Counts are of files, sizes in bytes.
    files_requested = models.IntegerField(default=0)
    files_included = models.IntegerField(default=0)
    files_refused = models.IntegerField(default=0)
    files_missing = models.IntegerField(default=0)
    files_duplicate = models.IntegerField(default=0)  # listings beyond the first of each file
    bytes_total = models.BigIntegerField(default=0)
    manifest_digest = models.TextField(default="", blank=True)  # SHA-256 of the frozen list: the bundle's ETag

    # The job (staging and built bundles): lease and fence as in docs/deliveries.md.
    files_done = models.IntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    attempt = models.IntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)  # not before (waiting for space)
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)  # by the worker that has it now
    bytes_at_claim = models.BigIntegerField(default=0)
    space_waits = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    warned_of = models.DateTimeField(null=True, blank=True)  # the ``expires_at`` that a mail went out about
    error_code = models.TextField(default="", blank=True)
    error_text = models.TextField(default="", blank=True)
    folder = models.TextField(default="", blank=True)  # under STAGING_ROOT; for anonymous people the secret
    built_name = models.TextField(default="", blank=True)
    built_size_bytes = models.BigIntegerField(null=True, blank=True)
    built_sha256 = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "lease_until"],
                condition=Q(state__in=["queued", "running", "waiting_space"]),
                name="basket_delivery_open",
            ),
            # what lies on the staging disk: looked up by the FTPS door, gone through by the sweeper
            models.Index(fields=["folder"], condition=Q(folder__gt=""), name="basket_delivery_on_disk"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind}, {self.state})"


class CopiesOrder(models.Model):
    """The prepared copies of a program's files are to be looked through: somebody may not have them any more.

    Written in the transaction of the change, and removed with the copies; ``mission`` is empty for all programs.
    """

    mission = models.TextField(default="", blank=True)
    program = models.TextField(default="", blank=True)
    ordered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"copies of {self.mission} {self.program}" if self.mission else "all copies"


class ItemVerdict(models.TextChoices):
    """What was decided for a file when the list was frozen."""

    INCLUDED = "included", "OK"
    DENIED = "denied", "Not Authorized"
    MISSING = "missing", "Not held"


class ItemState(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


class DeliveryItem(models.Model):
    """One file of a delivery, as frozen: path, size, checksums, verdict and reason."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items")
    ordinal = models.IntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    uri = models.TextField()
    path = models.TextField()  # JWST/<obs_id>/<file>
    flat_name = models.TextField()  # unique within the delivery, for staged folders
    access = models.TextField()  # PUBLIC or EXCLUSIVE_ACCESS
    verdict = models.TextField(choices=ItemVerdict.choices)
    reason = models.TextField(default="", blank=True)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.TextField(default="", blank=True)
    crc32 = models.BigIntegerField(null=True, blank=True)
    mtime = models.DateTimeField(null=True, blank=True)
    storage_key = models.TextField(default="", blank=True)
    also_under = ArrayField(
        models.TextField(), default=list, blank=True
    )  # obs_id of the other observations that list it

    state = models.TextField(choices=ItemState.choices, default=ItemState.WAITING)
    bytes_done = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["delivery", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "ordinal"], name="basket_item_ordinal"),
            models.UniqueConstraint(fields=["delivery", "product"], name="basket_item_once"),
            models.UniqueConstraint(fields=["delivery", "flat_name"], name="basket_item_flat_name"),
        ]

    def __str__(self) -> str:
        return self.path


class BundlePart(models.Model):
    """One file of a bundle that a worker built in parts; each is a zip or tar by itself, with the whole manifest."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    name = models.TextField()
    files = models.IntegerField()
    size_bytes = models.BigIntegerField()
    sha256 = models.TextField()

    class Meta:
        ordering = ["delivery", "number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="basket_part_number")]

    def __str__(self) -> str:
        return self.name
