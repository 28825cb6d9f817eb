"""What was pointed where, and when: the sample's plan, one line a visit.

Observations of real programs lie in the years in which their programs ran; those of the archive's own sample programs
are placed relative to the day on which the sample was made, so that public, exclusive and planned rows exist on any day.
"""

from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Visit:
    """One observation number of a program.

    ``start`` is MJD, or for sample programs days relative to the sample's first day (later than it: planned).
    ``exposures`` are the settings of the wheels, one activity each, parted by blanks: ``F090W/F277W`` for two channels.
    """

    mission: str
    program: str
    number: int
    target: str
    mode: str
    exposures: str
    start: float
    dithers: int = 2
    pa_deg: float = 0.0
    exptime_s: float = 600.0
    #: Offsets of the tiles of a mosaic from the target, arcsec.
    tiles: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    #: The key of the field of view where it is not the mode's own.
    fields: str = ""
    sources: int = 0  # of a multi-object spectrum
    held: bool = False  # the sample makes the calibrated files
    planned: bool = False
    level: int = 3  # the highest that was reached

    @property
    def settings(self) -> list[str]:
        return self.exposures.split()


_jwst = partial(Visit, "JWST")
_hst = partial(Visit, "HST")


def _row(count: int, step_arcsec: float) -> tuple[tuple[float, float], ...]:
    return tuple((step_arcsec * (number - (count - 1) / 2), 0.0) for number in range(count))


def _grid(columns: int, rows: int, x_step_arcsec: float, y_step_arcsec: float) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for y, _ in _row(rows, y_step_arcsec) for x, _ in _row(columns, x_step_arcsec))


_MIRI_NINE = "F560W F770W F1000W F1130W F1280W F1500W F1800W F2100W F2550W"
_SIX_BANDS = "F090W/F277W F150W/F356W F200W/F444W"
_PHANGS_MIRI = "F770W F1000W F1130W F2100W"

VISITS: tuple[Visit, ...] = (
    # The Ring Nebula: public, exclusive and planned
    _jwst("1558", 1, "NGC-6720", "NIRCAM/IMAGE", "F162M/F335M F212N/F300M", 59795.2, fields="NIRCAM-B", pa_deg=64, exptime_s=483, held=True),
    _jwst("1558", 2, "NGC-6720", "MIRI/IMAGE", _MIRI_NINE, 59811.4, pa_deg=76, exptime_s=444, held=True),
    _jwst("1558", 3, "NGC-6720", "MIRI/IFU", "SHORT MEDIUM LONG", 59765.3, dithers=1, pa_deg=60, exptime_s=932, held=True),
    _jwst("1558", 4, "NGC-6720", "NIRSPEC/IFU", "F100LP/G140M F170LP/G235M F290LP/G395M", 59765.6, dithers=1, pa_deg=60, exptime_s=525, held=True),
    _jwst("99001", 1, "NGC-6720", "NIRCAM/IMAGE", "F115W/F360M F187N/F470N", -150, fields="NIRCAM-B", pa_deg=232, exptime_s=644, held=True),
    _jwst("99001", 2, "NGC-6720", "MIRI/IMAGE", "F770W F1130W F2550W", -92, pa_deg=248, exptime_s=444, held=True),
    _jwst("99001", 3, "NGC-6720", "NIRISS/IMAGE", "F115W F200W", -30, pa_deg=251, exptime_s=322),
    _jwst("99001", 4, "NGC-6720", "NIRCAM/IMAGE", "F164N/F405N F210M/F430M", 84, fields="NIRCAM-B", pa_deg=44, planned=True),
    _jwst("99001", 5, "NGC-6720", "NIRSPEC/MSA", "F170LP/G235M", 120, pa_deg=60, planned=True),
    _jwst("99001", 6, "NGC-6720", "MIRI/IFU", "SHORT MEDIUM", 151, pa_deg=70, planned=True),
    _hst("12309", 1, "NGC-6720", "WFC3/UVIS", "F469N F487N F502N F547M F645N F656N F658N F673N", 55823.5, pa_deg=131, exptime_s=1400, held=True),
    _hst("99051", 1, "NGC-6720", "WFC3/UVIS", "F275W F336W", -75, pa_deg=88, exptime_s=2400, held=True),
    _hst("99051", 2, "NGC-6720", "ACS/WFC", "F606W F814W", -240, pa_deg=88, exptime_s=1200),
    _hst("99051", 3, "NGC-6720", "WFC3/IR", "F110W F160W", 96, pa_deg=88, planned=True),
    # Early release observations: held, a good pair of programs to have staged
    _jwst("2736", 1, "SMACS-J0723.3-7327", "NIRCAM/IMAGE", _SIX_BANDS, 59737.2, fields="NIRCAM-AT-B", pa_deg=144, exptime_s=838, held=True),
    _jwst("2736", 2, "SMACS-J0723.3-7327", "MIRI/IMAGE", "F770W F1000W F1500W F1800W", 59744.7, pa_deg=140, exptime_s=560, held=True),
    _jwst("2736", 5, "SMACS-J0723.3-7327", "NIRISS/WFSS", "GR150C;F115W GR150R;F115W GR150C;F200W GR150R;F200W", 59737.5, dithers=1, pa_deg=144, exptime_s=704, sources=3),
    _jwst("2736", 7, "SMACS-J0723.3-7327", "NIRSPEC/MSA", "F170LP/G235M F290LP/G395M", 59760.1, pa_deg=212, exptime_s=2918, sources=8, held=True),
    _jwst("2733", 1, "NGC-3132", "NIRCAM/IMAGE", "F090W/F356W F187N/F405N F212N/F444W;F470N", 59733.4, fields="NIRCAM-AT-B", pa_deg=265, exptime_s=483, held=True),
    _jwst("2733", 2, "NGC-3132", "MIRI/IMAGE", "F770W F1130W F1280W F1800W", 59742.3, pa_deg=262, exptime_s=444, held=True),
    _jwst("2731", 1, "NGC-3324", "NIRCAM/IMAGE", "F090W/F444W F187N/F335M F200W/F444W;F470N", 59733.8, pa_deg=288, exptime_s=322, dithers=1),
    _jwst("2731", 2, "NGC-3324", "MIRI/IMAGE", "F770W F1130W F1280W F1800W", 59741.6, pa_deg=285, tiles=_row(3, 66), exptime_s=278, dithers=1),
    _jwst("2732", 1, "STEPHANS-QUINTET", "NIRCAM/IMAGE", _SIX_BANDS, 59741.2, fields="NIRCAM-AT-B", pa_deg=66, exptime_s=354, dithers=1),
    _jwst("2732", 2, "STEPHANS-QUINTET", "MIRI/IMAGE", "F770W F1000W F1500W", 59742.8, pa_deg=66, tiles=_row(2, 66), exptime_s=333),
    _jwst("2732", 4, "STEPHANS-QUINTET", "MIRI/IFU", "SHORT MEDIUM LONG", 59765.9, dithers=2, pa_deg=70, exptime_s=444),
    _jwst("2732", 7, "STEPHANS-QUINTET", "NIRSPEC/IFU", "F170LP/G235H F290LP/G395H", 59774.2, pa_deg=74, exptime_s=1065),
    # Early release science
    _jwst("1324", 1, "ABELL2744", "NIRISS/WFSS", "GR150C;F115W GR150R;F115W GR150C;F150W GR150R;F150W GR150C;F200W GR150R;F200W", 59758.4, pa_deg=92, exptime_s=1299, sources=4),
    _jwst("1324", 5, "ABELL2744", "NIRSPEC/MSA", "F100LP/G140H F170LP/G235H F290LP/G395H", 59878.5, pa_deg=44, exptime_s=4377, sources=6),
    _jwst("1345", 1, "EGS", "NIRCAM/IMAGE", "F115W/F277W F115W/F356W F150W/F410M F200W/F444W", 59752.0, pa_deg=40, exptime_s=945, dithers=1),
    _jwst("1345", 65, "EGS", "NIRSPEC/MSA", "CLEAR/PRISM F290LP/G395M", 59933.4, pa_deg=320, exptime_s=3107, sources=10, dithers=3),
    _jwst("1345", 3, "EGS", "MIRI/IMAGE", "F560W F770W F1000W F1500W F2100W", 59752.6, pa_deg=40, exptime_s=938),
    _jwst("1366", 4, "WASP-39", "NIRSPEC/BOTS", "CLEAR/PRISM", 59770.7, dithers=1, pa_deg=110, exptime_s=29555, held=True),
    _jwst("1366", 1, "WASP-39", "NIRISS/SOSS", "CLEAR/GR700XD", 59786.9, dithers=1, pa_deg=112, exptime_s=28980),
    _jwst("1373", 2, "JUPITER", "NIRCAM/IMAGE", "F164N/F335M F212N/F360M", 59787.6, fields="NIRCAM-B", pa_deg=68, exptime_s=43, held=True),
    _jwst("1386", 2, "HIP-65426", "NIRCAM/CORON", "F250M F300M F410M F444W", 59790.6, dithers=1, pa_deg=110, exptime_s=2512),
    _jwst("1386", 8, "HIP-65426", "MIRI/CORON", "F1140C F1550C", 59777.5, dithers=1, pa_deg=110, exptime_s=5240),
    _jwst("1334", 1, "M92", "NIRCAM/IMAGE", "F090W/F277W F150W/F444W", 59750.9, dithers=1, pa_deg=80, exptime_s=1246),
    _jwst("1288", 1, "ORION-BAR", "NIRCAM/IMAGE", "F140M/F335M F182M/F444W;F470N F210M/F480M", 59832.7, fields="NIRCAM-B", pa_deg=82, exptime_s=86),
    _jwst("1288", 3, "ORION-BAR", "NIRSPEC/IFU", "F100LP/G140H F170LP/G235H F290LP/G395H", 59832.3, pa_deg=82, tiles=_row(3, 3), exptime_s=257),
    _jwst("1288", 2, "ORION-BAR", "MIRI/IFU", "SHORT MEDIUM LONG", 59974.6, pa_deg=262, tiles=_row(3, 4), exptime_s=520, dithers=1),
    # General and guaranteed observers
    _jwst("1180", 7, "GOODS-SOUTH", "NIRCAM/IMAGE", "F115W/F335M F200W/F410M", 59852.1, pa_deg=321, exptime_s=1374, dithers=1),
    _jwst("1727", 1, "COSMOS", "NIRCAM/IMAGE", "F115W/F277W F150W/F444W", 59950.2, pa_deg=290, tiles=_row(3, 230), exptime_s=515, dithers=1),
    _jwst("1727", 2, "COSMOS", "MIRI/IMAGE", "F770W", 59950.3, pa_deg=290, tiles=_grid(4, 2, 76, 115), exptime_s=527),
    _jwst("1837", 3, "UDS", "NIRCAM/IMAGE", "F090W/F277W F150W/F356W F200W/F444W", 59790.4, dithers=1, pa_deg=68, exptime_s=838),
    _jwst("1837", 12, "COSMOS", "MIRI/IMAGE", "F770W F1800W", 59938.9, pa_deg=293, tiles=_row(4, 76), exptime_s=1110),
    _jwst("2107", 1, "NGC0628", "NIRCAM/IMAGE", "F200W/F300M F200W/F335M F200W/F360M", 59777.3, fields="NIRCAM-B", pa_deg=72, exptime_s=387),
    _jwst("2107", 39, "NGC0628", "MIRI/IMAGE", _PHANGS_MIRI, 59777.8, pa_deg=72, tiles=_row(3, 70), exptime_s=88),
    _jwst("2107", 40, "NGC7496", "MIRI/IMAGE", _PHANGS_MIRI, 59766.4, pa_deg=68, tiles=_row(2, 70), exptime_s=88),
    _jwst("2107", 5, "IC5332", "MIRI/IMAGE", _PHANGS_MIRI, 59766.8, pa_deg=74, tiles=_row(2, 70), exptime_s=88),
    _jwst("2107", 6, "NGC1365", "MIRI/IMAGE", _PHANGS_MIRI, 59804.4, pa_deg=75, tiles=_row(3, 70), exptime_s=88),
    _jwst("1256", 1, "ORION-NEBULA", "NIRCAM/IMAGE", "F115W/F277W F140M/F300M F162M/F335M", 59848.3, pa_deg=88, exptime_s=773, dithers=1),
    # The archive's own: exclusive, planned, and the corners of the sky
    _jwst("99002", 1, "COSMOS", "NIRCAM/IMAGE", _SIX_BANDS, -340, dithers=1, pa_deg=110, exptime_s=1202),
    _jwst("99002", 2, "GOODS-NORTH", "NIRCAM/IMAGE", "F115W/F356W F200W/F444W", -210, dithers=1, pa_deg=40, exptime_s=1202),
    _jwst("99002", 3, "UDS", "NIRSPEC/MSA", "CLEAR/PRISM", -120, pa_deg=250, sources=6, exptime_s=4377),
    _jwst("99002", 4, "GOODS-SOUTH", "MIRI/IMAGE", "F560W F770W F1000W", -60, pa_deg=300, exptime_s=1110),
    _jwst("99002", 5, "ABELL2744", "NIRISS/WFSS", "GR150C;F115W GR150R;F115W", -14, pa_deg=92, sources=2, held=True),
    _jwst("99002", 6, "SMACS-J0723.3-7327", "NIRCAM/IMAGE", "F115W/F410M", 40, pa_deg=100, planned=True),
    _jwst("99002", 7, "COSMOS", "MIRI/SLIT", "P750L", 66, pa_deg=100, planned=True),
    _jwst("99002", 8, "M92", "NIRISS/IMAGE", "F115W F150W", 101, pa_deg=100, planned=True),
    _jwst("99002", 9, "NGC-3132", "NIRSPEC/IFU", "F290LP/G395H", 170, pa_deg=265, planned=True),
    _jwst("99002", 10, "ORION-NEBULA", "NIRCAM/IMAGE", "F200W/F444W", 230, pa_deg=88, planned=True),
    _jwst("99002", 11, "GOODS-SOUTH", "NIRSPEC/MSA", "CLEAR/PRISM", 320, pa_deg=30, planned=True),
    _jwst("99003", 1, "SAMPLE-NORTH-POLE", "NIRCAM/IMAGE", "F150W/F356W", -400, pa_deg=15, dithers=1, exptime_s=322),
    _jwst("99003", 2, "SAMPLE-SOUTH-POLE", "NIRCAM/IMAGE", "F150W/F356W", -410, pa_deg=200, dithers=1, exptime_s=322),
    _jwst("99003", 3, "SAMPLE-ZERO-HOURS", "NIRCAM/IMAGE", "F150W/F356W", -100, pa_deg=68, exptime_s=322),
    _jwst("99003", 4, "SAMPLE-ZERO-HOURS", "MIRI/IMAGE", "F770W", 59, pa_deg=68, planned=True),
    _jwst("99004", 1, "", "MIRI/IMAGE", "F770W", -500, dithers=4, exptime_s=1110, level=1),
    # turning public within the first fortnight
    _jwst("99002", 12, "EGS", "NIRCAM/IMAGE", "F200W/F356W", -362.2, dithers=1, pa_deg=40, exptime_s=1202),
    _jwst("99001", 7, "NGC-6720", "MIRI/IMAGE", "F560W F1500W", -359.2, pa_deg=60, exptime_s=444),
    _jwst("99002", 13, "UDS", "MIRI/IMAGE", "F770W", -355.7, pa_deg=250, exptime_s=1110),
    _jwst("99003", 5, "SAMPLE-ZERO-HOURS", "MIRI/IMAGE", "F1000W", -177.5, pa_deg=68, exptime_s=444),
    _hst("99051", 4, "NGC-6720", "WFC3/UVIS", "F502N", -180.4, pa_deg=88, exptime_s=1400),
    _hst("99052", 4, "NGC-104", "WFC3/IR", "F110W F160W", -353.1, pa_deg=30, exptime_s=600),
    # Hubble
    _hst("5773", 1, "M16", "WFPC2/WFC", "F502N F656N F673N", 49808.6, dithers=3, pa_deg=46, exptime_s=1100, held=True),
    _hst("9425", 1, "GOODS-SOUTH", "ACS/WFC", "F606W F775W F850LP", 52500.1, dithers=1, pa_deg=112, tiles=_grid(2, 2, 196, 196), exptime_s=1040),
    _hst("9425", 2, "GOODS-NORTH", "ACS/WFC", "F606W F775W F850LP", 52600.1, pa_deg=88, dithers=1, tiles=_grid(2, 2, 196, 196), exptime_s=1040),
    _hst("9490", 1, "M101", "ACS/WFC", "F435W F555W F814W", 52593.2, dithers=1, pa_deg=10, tiles=_grid(2, 2, 190, 190), exptime_s=900),
    _hst("9822", 1, "COSMOS", "ACS/WFC", "F814W", 52940.2, pa_deg=290, tiles=_grid(4, 3, 195, 195), exptime_s=2028),
    _hst("9978", 1, "HUDF", "ACS/WFC", "F435W F606W F775W F850LP", 52907.3, pa_deg=40, dithers=3, exptime_s=1200, held=True),
    _hst("10246", 1, "ORION-NEBULA", "ACS/WFC", "F435W F555W F658N F775W F850LP", 53304.6, pa_deg=97, dithers=1, tiles=_grid(3, 2, 190, 190), exptime_s=420),
    _hst("10452", 1, "M51", "ACS/WFC", "F435W F555W F658N F814W", 53382.5, pa_deg=90, dithers=1, tiles=_grid(2, 3, 190, 190), exptime_s=1360),
    _hst("10775", 1, "NGC-104", "ACS/WFC", "F606W F814W", 53807.4, pa_deg=62, dithers=4, exptime_s=50, held=True),
    _hst("11598", 1, "J0925+4004", "COS/FUV", "G130M G160M", 55246.9, exptime_s=3400, held=True),
    _hst("11598", 2, "J0950+4831", "COS/FUV", "G130M G160M", 55150.3, exptime_s=4000),
    _hst("12058", 1, "M31-B01", "ACS/WFC", "F475W F814W", 55400.8, pa_deg=249, tiles=_row(3, 200), exptime_s=1700),
    _hst("12058", 2, "M31-B01", "WFC3/UVIS", "F275W F336W", 55400.9, pa_deg=69, tiles=_row(2, 160), exptime_s=1000),
    _hst("12058", 3, "M31-B01", "WFC3/IR", "F110W F160W", 55401.0, pa_deg=69, tiles=_row(2, 120), exptime_s=800),
    _hst("12278", 1, "ALPHA-BOO", "STIS/FUV-MAMA", "E140M", 55541.2, exptime_s=2600, held=True),
    _hst("12278", 2, "ALPHA-ORI", "STIS/NUV-MAMA", "E230M", 55601.5, exptime_s=1800),
    _hst("12278", 3, "GAMMA-DRA", "STIS/FUV-MAMA", "E140M", 55680.3, exptime_s=2900),
    _hst("12278", 4, "BETA-GEM", "STIS/NUV-MAMA", "E230M", 55640.8, exptime_s=1500),
    _hst("99052", 1, "SAMPLE-NORTH-POLE", "WFC3/IR", "F125W F160W", -200, pa_deg=30, exptime_s=1200),
    _hst("99052", 2, "SAMPLE-ZERO-HOURS", "ACS/WFC", "F606W F814W", -45, pa_deg=30, exptime_s=1200),
    _hst("99052", 3, "SAMPLE-SOUTH-POLE", "ACS/WFC", "F606W", 75, pa_deg=30, planned=True),
)  # fmt: skip
