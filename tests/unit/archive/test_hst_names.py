"""The naming rules of HST."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.hst import parse_name, product_facts


@pytest.mark.parametrize(
    ("filename", "obs_id", "instrument", "expected"),
    [
        ("j8xi0x010_drz.fits", "j8xi0x010", "ACS", ("SCIENCE", "DRZ", 3, True)),
        ("jbmaa1abq_flc.fits", "jbmaa1abq", "ACS", ("SCIENCE", "FLC", 2, True)),
        ("jbmaa1abq_raw.fits", "jbmaa1abq", "ACS", ("SCIENCE", "RAW", 1, True)),
        ("jbmaa1abq_flt_thumb.jpg", "jbmaa1abq", "ACS", ("PREVIEW", "THUMB", 2, False)),
        ("jbmaa1abq_flt.jpg", "jbmaa1abq", "ACS", ("PREVIEW", "FLT", 2, False)),
        ("iabc01010_asn.fits", "iabc01010", "WFC3", ("AUXILIARY", "ASN", None, False)),
        ("iabc01a1q_ima.fits", "iabc01a1q", "WFC3", ("SCIENCE", "IMA", 2, False)),
        ("lbxy01010_x1dsum1.fits", "lbxy01010", "COS", ("SCIENCE", "X1DSUM1", 3, True)),
        ("lbxy01abq_corrtag_a.fits", "lbxy01abq", "COS", ("SCIENCE", "CORRTAG_A", 2, False)),
        ("o8v201010_x2d.fits", "o8v201010", "STIS", ("SCIENCE", "X2D", 2, True)),
        ("u27r0a01t_c0m.fits", "u27r0a01t", "WFPC2", ("SCIENCE", "C0M", 2, True)),
        ("u27r0a01t_c1m.fits", "u27r0a01t", "WFPC2", ("AUXILIARY", "C1M", 2, False)),
        ("x0c10101t_c0f.fits", "x0c10101t", "FOC", ("SCIENCE", "C0F", 2, True)),
        ("jbmaa1abj_jif.fits", "jbmaa1abj", "ACS", ("AUXILIARY", "JIF", None, False)),
        ("jbmaa1abq_spt.fits", "jbmaa1abq", "ACS", ("AUXILIARY", "SPT", None, False)),
        ("jbmaa1abq_trl.fits", "jbmaa1abq", "ACS", ("AUXILIARY", "TRL", None, False)),
        (
            "hst_12058_01_acs_wfc_f814w_jbf101_drc.fits",
            "hst_12058_01_acs_wfc_f814w_jbf101",
            "ACS",
            ("SCIENCE", "DRC", 3, True),
        ),
    ],
)
def test_a_data_set_name_tells_category_group_and_level(
    filename: str, obs_id: str, instrument: str, expected: tuple[str, str, int | None, bool]
) -> None:
    name, facts = parse_name(filename), product_facts(filename)
    assert name is not None
    assert facts is not None
    assert (name.instrument, facts.own_obs_id) == (instrument, obs_id)
    assert (facts.product_type, facts.product_group, facts.calib_level, facts.end_product) == expected


def test_an_association_ends_in_a_digit() -> None:
    association, exposure = parse_name("j8xi0x010"), parse_name("j8xi0xsaq")
    assert association is not None
    assert exposure is not None
    assert association.is_association
    assert not exposure.is_association
    assert (association.program_code, exposure.program_code) == ("8xi", "8xi")


@pytest.mark.parametrize(
    "text", ["", "hello.fits", "abcdefghi.fits", "jw02733001001_02101_00001_nrca1_cal.fits", "j8xi0x010"]
)
def test_a_foreign_name_has_no_facts(text: str) -> None:
    assert product_facts(text) is None


@given(st.text() | st.from_regex(r"(hst_)?[ijlnou][a-z0-9]{8}[-_0-9a-z.]{0,30}", fullmatch=True))
def test_no_text_breaks_the_parser(text: str) -> None:
    parse_name(text)
    product_facts(text)
