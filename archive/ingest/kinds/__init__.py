"""The kinds of input, one module each, all of the shape of `archive.ingest.kind.Kind`."""

from archive.ingest.kind import Kind
from archive.ingest.kinds.names import Names
from archive.ingest.kinds.observations import Observations
from archive.ingest.kinds.plans import Plans
from archive.ingest.kinds.products import Products
from archive.ingest.kinds.programs import Programs
from archive.ingest.kinds.references import References

KINDS: dict[str, type[Kind]] = {
    kind.NAME: kind for kind in (Observations, Products, Programs, Names, Plans, References)
}
