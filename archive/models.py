"""What the archive holds, in CAOM words: observations, their files, the listings between them, programs, names.

The published spelling of each column (``intentType``, ``dataRights`` …) is in `archive.columns`.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Replace, Upper

PLANNED_LEVEL = -1


class NextAssignedObsid(Func):
    """The next number for an observation that arrives without an ``obsid``."""

    template = "nextval('archive_assigned_obsid')"
    output_field = models.BigIntegerField()


class ObservationState(models.TextChoices):
    """The three states of a row, everywhere in this order."""

    PUBLIC = "public", "Public"
    EXCLUSIVE = "exclusive", "Exclusive Access"
    PLANNED = "planned", "Planned"


class ObservationQuerySet(models.QuerySet["Observation"]):
    def with_state(self, now_mjd: float) -> "ObservationQuerySet":
        """Annotate ``state`` (`ObservationState`) at a moment, MJD UTC."""
        return self.annotate(
            state=models.Case(
                models.When(calib_level=PLANNED_LEVEL, then=Value(ObservationState.PLANNED.value)),
                models.When(t_obs_release__gt=now_mjd, then=Value(ObservationState.EXCLUSIVE.value)),
                default=Value(ObservationState.PUBLIC.value),
            )
        )


class ObservationManager(models.Manager["Observation"]):
    """The rows of the grid, without the shelves of `archive.references`, which have numbers below 0."""

    def get_queryset(self) -> ObservationQuerySet:
        return ObservationQuerySet(self.model, using=self._db).filter(obsid__gte=0)

    def with_state(self, now_mjd: float) -> ObservationQuerySet:
        return self.get_queryset().with_state(now_mjd)


class Observation(models.Model):
    """One row of the grid. ``obs_id`` is not unique; ``obsid`` is."""

    obsid = models.BigIntegerField(primary_key=True, db_default=NextAssignedObsid())
    #: True when the archive gave the number: then the natural key identifies the row at ingest.
    obsid_assigned = models.BooleanField(default=True)

    intent_type = models.TextField(default="science")
    obs_collection = models.TextField()
    provenance_name = models.TextField(default="", blank=True)
    instrument_name = models.TextField(default="", blank=True)
    project = models.TextField(default="", blank=True)
    filters = models.TextField(default="", blank=True)
    wavelength_region = models.TextField(default="", blank=True)
    target_name = models.TextField(default="", blank=True)
    target_classification = models.TextField(default="", blank=True)
    obs_id = models.TextField()
    s_ra = models.FloatField(null=True, blank=True)  # deg, ICRS
    s_dec = models.FloatField(null=True, blank=True)  # deg, ICRS
    proposal_id = models.TextField(default="", blank=True)  # unpadded
    proposal_pi = models.TextField(default="", blank=True)
    calib_level = models.SmallIntegerField(default=0)  # -1 planned, 0 raw … 4 contributed
    t_min = models.FloatField(null=True, blank=True)  # MJD UTC
    t_max = models.FloatField(null=True, blank=True)  # MJD UTC
    t_exptime = models.FloatField(null=True, blank=True)  # s
    em_min = models.FloatField(null=True, blank=True)  # nm
    em_max = models.FloatField(null=True, blank=True)  # nm
    obs_title = models.TextField(default="", blank=True)
    t_obs_release = models.FloatField(null=True, blank=True)  # MJD UTC
    proposal_type = models.TextField(default="", blank=True)
    sequence_number = models.IntegerField(null=True, blank=True)
    s_region = models.TextField(default="", blank=True)
    jpeg_url = models.TextField(default="", blank=True)
    data_url = models.TextField(default="", blank=True)
    dataproduct_type = models.TextField(default="", blank=True)
    mt_flag = models.BooleanField(null=True, blank=True)
    src_den = models.FloatField(null=True, blank=True)
    obj_id = models.TextField(default="", blank=True)

    #: Queued for reprocessing: its files are to be replaced by better ones.
    is_stale = models.BooleanField(default=False, db_default=False)
    #: The window in which a planned visit may execute, MJD UTC; empty for what was observed.
    plan_window_start = models.FloatField(null=True, blank=True)
    plan_window_end = models.FloatField(null=True, blank=True)

    # The sky cover, computed by archive.sky from s_region, else from the position.
    hpx = models.BigIntegerField(null=True, blank=True)  # HEALPix nested, order 29, of the cover's centre
    cover_x = models.FloatField(null=True, blank=True)  # unit vector of the cover's centre
    cover_y = models.FloatField(null=True, blank=True)
    cover_z = models.FloatField(null=True, blank=True)
    cover_radius_deg = models.FloatField(null=True, blank=True)  # circle around the footprint; 0 for a position
    box_ra_min_deg = models.FloatField(null=True, blank=True)  # [0, 360)
    box_ra_max_deg = models.FloatField(null=True, blank=True)  # may pass 360
    box_dec_min_deg = models.FloatField(null=True, blank=True)
    box_dec_max_deg = models.FloatField(null=True, blank=True)
    #: The shapes as unit vectors, encoded by archive.sky; null for a row without a footprint.
    footprint = ArrayField(models.FloatField(), null=True, blank=True)

    objects: ClassVar[ObservationManager] = ObservationManager()
    shelves_too: ClassVar[models.Manager["Observation"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["obs_collection", "obs_id", "instrument_name", "filters"],
                condition=Q(obsid_assigned=True),
                name="archive_observation_natural_key",
            ),
            models.CheckConstraint(
                condition=Q(calib_level__gte=-1, calib_level__lte=4), name="archive_observation_calib_level"
            ),
        ]
        indexes = [
            models.Index(fields=["hpx"], name="archive_obs_hpx"),
            models.Index(OpClass("proposal_id", "text_pattern_ops"), name="archive_obs_proposal"),
            models.Index(OpClass("obs_id", "text_pattern_ops"), name="archive_obs_obs_id"),
            models.Index(fields=["t_obs_release"], name="archive_obs_release"),
            models.Index(fields=["obsid"], condition=Q(is_stale=True), name="archive_obs_stale"),
            GinIndex(OpClass(Upper("target_name"), "gin_trgm_ops"), name="archive_obs_target_trgm"),
            models.Index(fields=["obs_id"], condition=Q(calib_level=PLANNED_LEVEL), name="archive_obs_planned"),
            # the resolver looks up target names without their blanks
            models.Index(
                OpClass(Upper(Replace("target_name", Value(" "), Value(""))), "text_pattern_ops"),
                name="archive_obs_target_compact",
            ),
            # criteria without a position; migration 0004 adds those of parts and of proposal numbers
            models.Index(
                F("obs_collection").desc(nulls_last=True),
                F("t_min").desc(nulls_last=True),
                "obsid",
                name="archive_obs_grid_order",
            ),
            models.Index(fields=["instrument_name"], name="archive_obs_instrument"),
            models.Index(fields=["t_min"], name="archive_obs_t_min"),
            models.Index(fields=["t_exptime"], name="archive_obs_t_exptime"),
            GinIndex(OpClass(Upper("obs_id"), "gin_trgm_ops"), name="archive_obs_obs_id_trgm"),
            GinIndex(OpClass(Upper("proposal_pi"), "gin_trgm_ops"), name="archive_obs_pi_trgm"),
            GinIndex(OpClass(Upper("obs_title"), "gin_trgm_ops"), name="archive_obs_title_trgm"),
        ]

    def __str__(self) -> str:
        return f"{self.obs_collection} {self.obs_id}"


class Held(models.TextChoices):
    """Whether the bytes of a file are here."""

    YES = "yes", "held"
    NOT_YET = "not_yet", "not held"
    LOST = "lost", "lost"


class Product(models.Model):
    """One file. It belongs to its lowest-level observation and is listed under many."""

    uri = models.TextField(unique=True)
    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="own_products")
    filename = models.TextField()
    description = models.TextField(default="", blank=True)
    data_type = models.CharField(max_length=1, default="S")  # CAOM `type`: S simple, C composite, D derived
    dataproduct_type = models.TextField(default="", blank=True)
    product_type = models.TextField(default="SCIENCE")  # category: SCIENCE, INFO, AUXILIARY, PREVIEW, CATALOG, …
    product_group = models.TextField(default="", blank=True)  # productSubGroupDescription: CAL, I2D, O001_CRF …
    #: A pipeline end product of its level, by its name; whether it is recommended depends on the listing.
    end_product = models.BooleanField(default=False)
    extension = models.TextField(default="", blank=True)  # ".fits"
    documentation_url = models.TextField(default="", blank=True)
    project = models.TextField(default="", blank=True)
    pipeline_version = models.TextField(default="", blank=True)  # prvversion
    calib_level = models.SmallIntegerField(null=True, blank=True)
    filters = models.TextField(default="", blank=True)
    #: The file's own release, MJD UTC, where the archive gave one; access takes the later of it and the row's own.
    t_release = models.FloatField(null=True, blank=True)

    #: Of the bytes held here; of the listing while they are not.
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.TextField(default="", blank=True)  # hex
    md5 = models.TextField(default="", blank=True)  # hex, when known
    crc32 = models.BigIntegerField(null=True, blank=True)
    #: What the original listing says, kept when a stand-in has other bytes.
    listed_size_bytes = models.BigIntegerField(null=True, blank=True)
    listed_md5 = models.TextField(default="", blank=True)

    storage_key = models.TextField(default="", blank=True)
    stored_at = models.DateTimeField(null=True, blank=True)
    held = models.CharField(max_length=8, choices=Held.choices, default=Held.NOT_YET)
    stand_in = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Product"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(OpClass("filename", "text_pattern_ops"), name="archive_product_filename"),
            models.Index(fields=["t_release"], name="archive_product_release"),
            # a store that fetches asks what the catalogue says of a key
            models.Index(fields=["storage_key"], condition=~Q(storage_key=""), name="archive_product_storage_key"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(held=Held.YES) | (~Q(storage_key="") & ~Q(sha256="") & Q(crc32__isnull=False)),
                name="archive_product_held_is_known",
            )
        ]

    def __str__(self) -> str:
        return self.filename


class Listing(models.Model):
    """A file in an observation's list of files, by way of the observation that the file belongs to."""

    parent = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="listings")
    own = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="listed_by")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="listings")
    #: Minimum Recommended Product of the parent: an end product at the highest level of the parent's list.
    recommended = models.BooleanField(default=False)
    #: A calibration reference file, listed because files of the observation were calibrated with it: shown only in
    #: the baskets whose owners retrieved it.
    reference = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent", "own", "product"], name="archive_listing_triple"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} under {self.parent_id}"


class Program(models.Model):
    """A proposal of a mission, by its unpadded number."""

    mission = models.TextField()
    number = models.TextField()
    title = models.TextField(default="", blank=True)
    pi_name = models.TextField(default="", blank=True)
    pi_email = models.TextField(default="", blank=True)  # of the proposal; who leads it is in accounts
    category = models.TextField(default="", blank=True)  # GO, GTO, DD …
    cycle = models.TextField(default="", blank=True)
    science_category = models.TextField(default="", blank=True)
    sub_category = models.TextField(default="", blank=True)
    allocation_hours = models.FloatField(null=True, blank=True)
    exclusive_access_months = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mission", "number"], name="archive_program_key")]

    def __str__(self) -> str:
        return f"{self.mission} {self.number}"


class Name(models.Model):
    """A name that the archive resolves by itself, from `ingest names`."""

    key = models.TextField(unique=True)  # the name as compared: see archive.names
    name = models.TextField()
    canonical_name = models.TextField()
    ra_deg = models.FloatField()
    dec_deg = models.FloatField()
    radius_deg = models.FloatField(null=True, blank=True)
    resolver = models.TextField(default="", blank=True)
    object_type = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.name


class KeywordRow(models.Model):
    """The keyword record of one FITS file; the header of a stand-in is written from it."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="keywords")
    service = models.TextField()  # nircam, niriss, nirspec, miri, fgs, guidestar, hst
    record = models.JSONField()

    def __str__(self) -> str:
        return f"{self.service} {self.product_id}"


class ReferenceType(models.Model):
    """What a type of calibration reference file is, in words, from `ingest references`."""

    mission = models.TextField()
    instrument = models.TextField(blank=True)  # lower case; "all" where it is the same for all of them
    name = models.TextField()  # upper case: DARK
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mission", "instrument", "name"], name="archive_reference_type_key")
        ]

    def __str__(self) -> str:
        return f"{self.mission} {self.instrument} {self.name}"


class ReferenceUse(models.Model):
    """A file was calibrated with a reference file; both are products."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="references_used")
    reference = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "reference"], name="archive_reference_use_once")]

    def __str__(self) -> str:
        return f"{self.product_id} calibrated with {self.reference_id}"


class ReferenceReading(models.Model):
    """The header of a file was read for the references that it names."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="reference_reading")
    sha256 = models.TextField(blank=True)  # of the bytes that were read; other bytes are read again
    unknown = ArrayField(models.TextField(), default=list, blank=True)  # names that are none of a reference file

    def __str__(self) -> str:
        return f"references of {self.product_id}"


class ReferenceFetch(models.Model):
    """A reference file that somebody wants and that is to be fetched from CRDS; gone once the file is here."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="reference_fetch")
    next_at = models.DateTimeField(db_index=True)
    attempts = models.IntegerField(default=0)
    error_text = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return f"fetch of {self.product_id}"


class EventKind(models.TextChoices):
    """What can happen to calibrated data, in the order in which people choose."""

    NEW = "new", "New"
    FIRST = "first", "First"
    REPROCESSED = "reprocessed", "Reprocessed"
    PUBLIC = "public", "Public"


class Event(models.Model):
    """Something that happened to a calibrated file: of several kinds at once where a new file is public, too.

    Written by `archive.events` and `archive.ingest.events`, in the transaction of what happened. All writers hold
    one lock until they commit, so that the numbers grow in the order in which events can be seen.
    """

    kinds = ArrayField(models.TextField(choices=EventKind.choices))
    mission = models.TextField()
    program = models.TextField(blank=True)  # unpadded
    # without constraints: checking millions of rows of one ingest would take longer than writing them
    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    #: None for an observation that came without a list of its files.
    product = models.ForeignKey(
        Product, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    filename = models.TextField(blank=True)
    calib_level = models.SmallIntegerField()
    at = models.DateTimeField()  # the archive's time

    class Meta:
        indexes = [models.Index(fields=["mission", "program", "id"], name="archive_event_program")]

    def __str__(self) -> str:
        return f"{', '.join(self.kinds)}: {self.filename}"


class ReleaseClock(models.Model):
    """Up to which moment releases have become events. One row, number 1."""

    reached_mjd = models.FloatField()  # MJD UTC

    def __str__(self) -> str:
        return f"releases until MJD {self.reached_mjd}"
