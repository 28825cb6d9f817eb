"""Fields of view and filters: published facts of the instruments (user documentation of JWST and HST), rounded.

Arcsec in the plane of `archive.sample.geometry`; nm for wavelengths, where a filter lets half its light through.
"""

from math import cos, radians, sin

from archive.sample.geometry import Rectangle

# NIRCam: centres of the detectors relative to the middle of both modules, and to that of module B.
_SHORT_WAVE = 64.0
_LONG_WAVE = 129.0
_NIRCAM = {
    "nrca1": (122.5, -34.6, _SHORT_WAVE),
    "nrca2": (121.7, 33.1, _SHORT_WAVE),
    "nrca3": (53.9, -35.0, _SHORT_WAVE),
    "nrca4": (54.3, 33.0, _SHORT_WAVE),
    "nrcalong": (87.9, -0.6, _LONG_WAVE),
    "nrcb1": (-120.5, 35.2, _SHORT_WAVE),
    "nrcb2": (-120.7, -32.5, _SHORT_WAVE),
    "nrcb3": (-52.7, 35.2, _SHORT_WAVE),
    "nrcb4": (-52.4, -32.7, _SHORT_WAVE),
    "nrcblong": (-87.4, 1.5, _LONG_WAVE),
}
_MODULE_B = (-81.7, -3.1)
NIRCAM_BOTH = {name: Rectangle(x, y, side, side) for name, (x, y, side) in _NIRCAM.items()}
#: Both modules with the target in the middle of module B, where it does not fall into the gap between them.
NIRCAM_AT_B = {
    name: Rectangle(x - _MODULE_B[0], y - _MODULE_B[1], side, side) for name, (x, y, side) in _NIRCAM.items()
}
NIRCAM_B = {name: field for name, field in NIRCAM_AT_B.items() if name.startswith("nrcb")}
#: The four quadrants of micro-shutters: 3.6′ by 3.4′ with gaps of 23″, turned against the telescope's axes.
_SHUTTER_TURN = 41.5
_QUADRANT = (97.0, 90.6)
_GAP = 23.0

FIELDS: dict[str, dict[str, list[Rectangle]]] = {
    "NIRCAM": {name: [field] for name, field in NIRCAM_BOTH.items()},
    "NIRCAM-AT-B": {name: [field] for name, field in NIRCAM_AT_B.items()},
    "NIRCAM-B": {name: [field] for name, field in NIRCAM_B.items()},
    "NIRCAM/CORON": {"nrcalong": [Rectangle(0, 0, 20, 20)]},
    "MIRI/IMAGE": {"mirimage": [Rectangle(0, 0, 74, 113, 4.8)]},
    "MIRI/CORON": {"mirimage": [Rectangle(0, 0, 24, 24, 4.8)]},
    "MIRI/SLIT": {"mirimage": [Rectangle(0, 0, 4.7, 0.51, 4.8)]},
    "MIRI/IFU": {"mirifushort": [Rectangle(0, 0, 4.0, 4.8, 8.0)], "mirifulong": [Rectangle(0, 0, 6.6, 7.7, 8.0)]},
    "NIRISS": {"nis": [Rectangle(0, 0, 133, 133, 0.6)]},
    "NIRSPEC/IFU": {name: [Rectangle(0, 0, 3.0, 3.0, _SHUTTER_TURN)] for name in ("nrs1", "nrs2")},
    "NIRSPEC/SLIT": {"nrs1": [Rectangle(0, 0, 1.6, 1.6, _SHUTTER_TURN)]},
    "FGS": {"guider1": [Rectangle(0, 0, 138, 138)]},
    # two chips, one above the other, and the gap between them
    "ACS/WFC": {"": [Rectangle(0, 51.5, 202, 100), Rectangle(0, -51.5, 202, 100)]},
    "WFC3/UVIS": {"": [Rectangle(0, 41, 162, 80.4), Rectangle(0, -41, 162, 80.4)]},
    "WFC3/IR": {"": [Rectangle(0, 0, 136, 123)]},
    # the chevron: three wide fields and the small planetary camera around the pyramid's tip
    "WFPC2/WFC": {
        "": [
            Rectangle(17.5, 17.5, 35, 35),
            Rectangle(-40, 40, 80, 80),
            Rectangle(-40, -40, 80, 80),
            Rectangle(40, -40, 80, 80),
        ]
    },
    "STIS/FUV-MAMA": {"": [Rectangle(0, 0, 0.2, 0.2)]},
    "STIS/NUV-MAMA": {"": [Rectangle(0, 0, 0.2, 0.2)]},
    "STIS/CCD": {"": [Rectangle(0, 0, 0.2, 52)]},
}
#: The primary science aperture of COS is a circle.
COS_APERTURE_RADIUS_ARCSEC = 1.25

MRS_FIELDS = {
    "1": Rectangle(0, 0, 3.2, 3.7, 8.0),
    "2": Rectangle(0, 0, 4.0, 4.8, 8.0),
    "3": Rectangle(0, 0, 5.2, 6.2, 8.0),
    "4": Rectangle(0, 0, 6.6, 7.7, 8.0),
}


def shutter_quadrants() -> list[Rectangle]:
    """The field that micro-shutters may open in, before it is known which."""
    reach = [(side + _GAP) / 2 for side in _QUADRANT]
    return [_turned(Rectangle(x * reach[0], y * reach[1], *_QUADRANT)) for x in (-1, 1) for y in (-1, 1)]


def shutter_slitlet(x: float, y: float) -> Rectangle:
    """Three shutters in a row, open on a source at (x, y) of the quadrants' own axes."""
    return _turned(Rectangle(x, y, 0.2, 1.5))


def _turned(field: Rectangle) -> Rectangle:
    turn = radians(_SHUTTER_TURN)
    x, y = field.x * cos(turn) - field.y * sin(turn), field.x * sin(turn) + field.y * cos(turn)
    return Rectangle(x, y, field.width, field.height, _SHUTTER_TURN)


JWST_BANDS_NM: dict[str, tuple[float, float]] = {
    "F090W": (795, 1005), "F115W": (1013, 1282), "F140M": (1331, 1479), "F150W": (1331, 1668), "F162M": (1542, 1713),
    "F164N": (1635, 1653), "F182M": (1722, 1968), "F187N": (1863, 1884), "F200W": (1755, 2226), "F210M": (1992, 2201),
    "F212N": (2109, 2134), "F250M": (2412, 2595), "F277W": (2416, 3127), "F300M": (2831, 3157), "F335M": (3177, 3537),
    "F356W": (3140, 3980), "F360M": (3426, 3814), "F405N": (4028, 4074), "F410M": (3866, 4302), "F430M": (4167, 4398),
    "F444W": (3880, 4981), "F460M": (4515, 4747), "F470N": (4683, 4733), "F480M": (4662, 4973),
    "F560W": (5054, 6171), "F770W": (6581, 8687), "F1000W": (9023, 10891), "F1130W": (10953, 11667),
    "F1140C": (10900, 11780), "F1280W": (11588, 14115), "F1500W": (13527, 16640), "F1550C": (15020, 15920),
    "F1800W": (16519, 19502), "F2100W": (18477, 23159), "F2550W": (23301, 26733), "P750L": (5000, 14000),
    "CH1-SHORT": (4900, 5740), "CH1-MEDIUM": (5660, 6630), "CH1-LONG": (6530, 7650),
    "CH2-SHORT": (7510, 8770), "CH2-MEDIUM": (8670, 10130), "CH2-LONG": (10020, 11700),
    "CH3-SHORT": (11550, 13470), "CH3-MEDIUM": (13340, 15570), "CH3-LONG": (15410, 17980),
    "CH4-SHORT": (17700, 20950), "CH4-MEDIUM": (20690, 24480), "CH4-LONG": (24400, 27900),
    "SHORT": (4900, 20950), "MEDIUM": (5660, 24480), "LONG": (6530, 27900),
    "PRISM": (600, 5300), "G140M": (970, 1840), "G140H": (970, 1820), "G235M": (1660, 3070), "G235H": (1660, 3050),
    "G395M": (2870, 5100), "G395H": (2870, 5140), "GR700XD": (600, 2800),
}  # fmt: skip

HST_BANDS_NM: dict[str, tuple[float, float]] = {
    "F275W": (229, 312), "F336W": (302, 370), "F435W": (361, 486), "F469N": (467, 471), "F475W": (395, 556),
    "F487N": (484, 490), "F502N": (498, 504), "F547M": (510, 588), "F555W": (458, 621), "F606W": (463, 718),
    "F645N": (641, 650), "F656N": (655, 658), "F658N": (651, 666), "F673N": (670, 683), "F775W": (680, 863),
    "F814W": (686, 961), "F850LP": (801, 1088), "F110W": (883, 1407), "F125W": (1097, 1403), "F160W": (1391, 1700),
    "G130M": (115, 145), "G160M": (140, 178), "E140M": (114, 171), "E230M": (157, 311), "E230H": (162, 315),
}  # fmt: skip


def band_nm(mission: str, filters: str) -> tuple[float, float]:
    """The wavelengths that the elements of a row let through together, nm.

    Raises
    ------
    KeyError : none of the elements is in the table.
    """
    table = JWST_BANDS_NM if mission == "JWST" else HST_BANDS_NM
    bands = [table[element] for element in filters.split(";") if element in table]
    if not bands:
        raise KeyError(f"no wavelengths are known for the elements {filters!r}")
    return max(low for low, _ in bands), min(high for _, high in bands)
