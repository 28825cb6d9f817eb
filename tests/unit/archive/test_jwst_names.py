"""The naming rules of JWST, against names of the documentation and the whole real file list."""

import csv
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.jwst import Kind, combined_keys, exposure_keys, parse_name, product_facts
from tests.shared_data import shared_file


def test_an_exposure_name_comes_apart() -> None:
    name = parse_name("jw00689001001_02201_00001_nrcalong_uncal.fits")
    assert name is not None
    assert (name.kind, name.program, name.observation, name.visit) == (Kind.EXPOSURE, "689", 1, 1)
    assert (name.visit_group, name.parallel, name.activity, name.exposure) == ("02", 2, "01", 1)
    assert (name.detector, name.instrument, name.suffix, name.extension) == ("nrcalong", "NIRCAM", "uncal", ".fits")
    assert name.obs_id == "jw00689001001_02201_00001_nrcalong"


def test_an_activity_counts_in_base_36() -> None:
    name = parse_name("jw11441124001_0310c_00003_nrs1_cal.fits")
    assert name is not None
    assert (name.activity, name.exposure, name.instrument) == ("0c", 3, "NIRSPEC")


def test_a_combined_name_comes_apart() -> None:
    name = parse_name("jw02113-o005_t001_niriss_clear-gr700xd-substrip256_x1dints.fits")
    assert name is not None
    assert (name.kind, name.association, name.observation, name.target) == (Kind.COMBINED, "o005", 5, "t001")
    assert (name.instrument, name.optical_elements, name.subarray) == ("NIRISS", ("CLEAR", "GR700XD"), "SUBSTRIP256")


def test_a_fixed_slit_is_neither_element_nor_subarray() -> None:
    name = parse_name("jw01128-o001_t001_nirspec_f290lp-g395h-s200a1-allslits_s2d.fits")
    assert name is not None
    assert (name.optical_elements, name.slit, name.subarray) == (("F290LP", "G395H"), "S200A1", "ALLSLITS")


@pytest.mark.parametrize(
    ("text", "kind", "obs_id"),
    [
        ("jw01366003001_04101_00001-seg001_nrs1_calints.fits", Kind.EXPOSURE, "jw01366003001_04101_00001-seg001_nrs1"),
        ("jw05893001001_02201_00001_mirimage_o001_crf.fits", Kind.EXPOSURE, "jw05893001001_02201_00001_mirimage"),
        ("jw01386001001_0310a_00001_nrca2_c1020_psfsub.fits", Kind.EXPOSURE, "jw01386001001_0310a_00001_nrca2"),
        ("jw02733001001_02101_00001_nrca1_cal_thumb.jpg", Kind.EXPOSURE, "jw02733001001_02101_00001_nrca1"),
        ("jw02736-o001_t001_nircam_clear-f356w_i2d.fits", Kind.COMBINED, "jw02736-o001_t001_nircam_clear-f356w"),
        ("jw01234-o001_t001_nircam_clear-f212n_wfscmb-02.fits", Kind.COMBINED, "jw01234-o001_t001_nircam_clear-f212n"),
        (
            "jw01345-o064_s000012345_nirspec_f290lp-g395m_x1d.fits",
            Kind.COMBINED,
            "jw01345-o064_s000012345_nirspec_f290lp-g395m",
        ),
        ("jw01345-o064_s00123_nirspec_clear-prism", Kind.COMBINED, "jw01345-o064_s00123_nirspec_clear-prism"),
        ("jw01366-o003_t001-epoch1_niriss_f090w_i2d.fits", Kind.COMBINED, "jw01366-o003_t001-epoch1_niriss_f090w"),
        (
            "jw01093-o001_t001_niriss_f480m-nrm-sub80_aminorm-oi.fits",
            Kind.COMBINED,
            "jw01093-o001_t001_niriss_f480m-nrm-sub80",
        ),
        ("jw01266-c1004_t003_miri_ch1-short_s3d.fits", Kind.COMBINED, "jw01266-c1004_t003_miri_ch1-short"),
        ("jw02075-o033_t003_miri", Kind.COMBINED, "jw02075-o033_t003_miri"),
        (
            "jw11441-o124_20260818t001124_spec2_00004_asn.json",
            Kind.ASSOCIATION,
            "jw11441-o124_20260818t001124_spec2_00004",
        ),
        (
            "jw11441-o124_20260818t001124_nrslamp-spec2_00004_asn.json",
            Kind.ASSOCIATION,
            "jw11441-o124_20260818t001124_nrslamp-spec2_00004",
        ),
        ("jw11441_20260818t001124_pool.csv", Kind.POOL, "jw11441_20260818t001124"),
        ("jw01571147001_gs-fg_2023049052441_cal.fits", Kind.GUIDE_STAR, "jw01571147001_gs-fg_2023049052441"),
        ("jw02733001001_gs-id_1_stacked_uncal.fits", Kind.GUIDE_STAR, "jw02733001001_gs-id_1_stacked"),
        ("jw01345066001_01_msa.fits", Kind.MSA, "jw01345066001_01"),
        ("jw06658002001_xx101_00001_niriss", Kind.PLANNED, "jw06658002001_xx101_00001_niriss"),
        ("jw02733001001", Kind.VISIT, "jw02733001001"),
    ],
)
def test_every_form_is_known_and_tells_its_observation(text: str, kind: Kind, obs_id: str) -> None:
    name = parse_name(text)
    assert name is not None
    assert (name.kind, name.obs_id) == (kind, obs_id)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("jw02733001001_02101_00001_nrca1_uncal.fits", ("SCIENCE", "UNCAL", 1, "1b", True)),
        ("jw02733001001_02101_00001_nrca1_rate.fits", ("SCIENCE", "RATE", 2, "2a", False)),
        ("jw02733001001_02101_00001_nrca1_rateints.fits", ("SCIENCE", "RATEINTS", 2, "2a", False)),
        ("jw02733001001_02101_00001_nrca1_cal.fits", ("SCIENCE", "CAL", 2, "2b", True)),
        ("jw02732001001_02101_00001_nrs1_s3d.fits", ("SCIENCE", "S3D", 2, "2b", True)),
        ("jw02733001001_02101_00001_nrca1_o001_crf.fits", ("SCIENCE", "O001_CRF", 2, "2c", False)),
        ("jw02733001001_02101_00001_nrca1_a3001_crfints.fits", ("SCIENCE", "A3001_CRFINTS", 2, "2c", False)),
        ("jw01386001001_0310a_00001_nrca2_c1020_psfsub.fits", ("SCIENCE", "C1020_PSFSUB", 3, "3", True)),
        ("jw02733-o001_t001_nircam_clear-f090w_i2d.fits", ("SCIENCE", "I2D", 3, "3", True)),
        ("jw02733-o001_t001_nircam_clear-f090w_cat.ecsv", ("SCIENCE", "CAT", 3, "3", True)),
        ("jw02733-o001_t001_nircam_clear-f090w_segm.fits", ("AUXILIARY", "SEGM", 3, "3", False)),
        ("jw02733-o001_t001_nircam_clear-f090w_i2d.jpg", ("PREVIEW", "I2D", 3, "3", False)),
        ("jw02733001001_02101_00001_nrca1_cal_thumb.jpg", ("PREVIEW", "THUMB", 2, "2b", False)),
        ("jw01571147001_gs-fg_2023049052441_cal.fits", ("AUXILIARY", "GS-FG", 2, "2b", False)),
        ("jw01571147001_gs-acq1_2023049052441_uncal.fits", ("AUXILIARY", "GS-ACQ1", 1, "1b", False)),
        ("jw01345066001_01_msa.fits", ("AUXILIARY", "MSA", None, "", False)),
        ("jw11441-o124_20260818t001124_spec2_00004_asn.json", ("INFO", "ASN", None, "", False)),
        ("jw11441_20260818t001124_pool.csv", ("INFO", "POOL", None, "", False)),
        ("jw02733001001_02101_00001_nrca1_newstuff.fits", ("AUXILIARY", "NEWSTUFF", 2, "2b", False)),
    ],
)
def test_category_group_level_and_recommendation_come_from_the_name(
    filename: str, expected: tuple[str, str, int | None, str, bool]
) -> None:
    facts = product_facts(filename)
    assert facts is not None
    assert (
        facts.product_type,
        facts.product_group,
        facts.calib_level,
        facts.product_level,
        facts.end_product,
    ) == expected


def test_the_description_is_the_archives() -> None:
    facts = product_facts("jw01266-o008_t004_miri_ch3-medium_s3d.fits")
    assert facts is not None
    assert facts.description == "exposure/target (L2b/L3): 3D image of spectrum"
    assert (facts.dataproduct_type, facts.media_type) == ("cube", "application/fits")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jw",
        "hlsp_ceers_jwst_nircam_nircam1_f150w_v0.5_i2d.fits",
        "j8xi0x010_drz.fits",
        "jw2733001001_02101_00001_nrca1_cal.fits",
        "jw02733001001_02101_00001_nrcz1_cal.fits",
        "mast:JWST/product/jw02733001001_02101_00001_nrca1_cal.fits",
        "jw02733001001_02101_00001_nrca1_cal.fits\n",
        "jw०२७३३001001",
    ],
)
def test_a_foreign_name_has_no_facts(text: str) -> None:
    assert parse_name(text) is None
    assert product_facts(text) is None


def test_an_observation_id_is_not_a_file() -> None:
    assert product_facts("jw02733001001_02101_00001_nrca1") is None
    assert product_facts("jw02733001001_02101_00001.fits") is None


@given(st.text() | st.from_regex(r"jw\d{5}[-_0-9a-z.]{0,60}", fullmatch=True))
def test_no_text_breaks_the_parser(text: str) -> None:
    parse_name(text)
    product_facts(text)


def test_every_real_name_agrees_with_its_keywords() -> None:
    with gzip.open(shared_file("jwst_files.csv.gz"), "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            name, facts = parse_name(row["filename"]), product_facts(row["filename"])
            assert name is not None
            assert facts is not None
            assert facts.product_level == row["productLevel"]
            assert (name.program, name.instrument) == (row["program"], row["instrume"])
            if name.kind is Kind.EXPOSURE:
                assert (name.observation, name.visit) == (int(row["observtn"]), int(row["visit"]))
                assert (name.exposure, name.detector.upper()) == (int(row["exposure"]), row["detector"])
                assert (name.visit_group, str(name.parallel)) == (row["visitgrp"], row["seq_id"])
                assert name.activity.upper() == row["act_id"]
            for other in (row["asntable"], row["asnpool"]):
                assert not other or product_facts(other) is not None


def test_every_real_observation_id_is_that_of_its_main_file() -> None:
    with shared_file("jwst_caom_observations.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            facts = product_facts(row["product"])
            assert facts is not None
            assert (facts.own_obs_id, facts.calib_level) == (row["obs_id"], int(row["calib_level"]))


def _meet(combined: str, exposure: str, filters: str, target: str = "", asntable: str = "") -> bool:
    above, below = parse_name(combined), parse_name(exposure)
    assert above is not None
    assert below is not None
    return bool(set(combined_keys(above, target)) & set(exposure_keys(below, filters, target, asntable)))


@pytest.mark.parametrize(
    ("combined", "exposure", "filters", "member"),
    [
        ("jw02733-o001_t001_nircam_clear-f090w", "jw02733001001_02101_00001_nrca1", "F090W", True),
        ("jw02733-o001_t001_nircam_clear-f090w", "jw02733001001_02101_00001_nrcalong", "F356W", False),
        ("jw02733-o001_t001_nircam_clear-f090w", "jw02733002001_02101_00001_nrca1", "F090W", False),
        ("jw02733-o001_t001_nircam_f405n-f444w", "jw02733001001_02101_00001_nrcalong", "F444W;F405N", True),
        ("jw02733-o002_t001_miri_f770w", "jw02733002001_02101_00001_mirimage", "F770W", True),
        ("jw02732-o004_t001_miri_ch1-short", "jw02732004001_03101_00001_mirifushort", "SHORT", True),
        ("jw02732-o004_t001_miri_ch1-short", "jw02732004001_03101_00001_mirifulong", "SHORT", False),
        ("jw02732-o004_t001_miri_ch3-medium", "jw02732004001_03101_00001_mirifulong", "CH3-MEDIUM;CH4-MEDIUM", True),
        ("jw02732-o004_t001_miri_ch1-shortmediumlong", "jw02732004001_03101_00001_mirifushort", "LONG", True),
        ("jw01345-o064_s000012345_nirspec_clear-prism", "jw01345064001_02101_00001_nrs2", "CLEAR;PRISM", True),
        (
            "jw01128-o001_t001_nirspec_f290lp-g395h-s200a1-allslits",
            "jw01128001001_02101_00001_nrs1",
            "F290LP;G395H",
            True,
        ),
        ("jw01324-o001_t001_niriss_f115w-gr150c", "jw01324001001_02101_00001_nis", "GR150C;F115W", True),
    ],
)
def test_an_observations_product_combines_its_exposures(
    combined: str, exposure: str, filters: str, member: bool
) -> None:
    assert _meet(combined, exposure, filters) is member


def test_a_candidate_combines_exposures_that_name_it_or_share_its_target() -> None:
    combined, exposure = "jw02733-c1004_t001_nircam_clear-f090w", "jw02733001001_02101_00001_nrca1"
    assert not _meet(combined, exposure, "F090W")
    assert _meet(combined, exposure, "F090W", asntable="jw02733-c1004_20250319t164543_image3_00002_asn.json")
    assert _meet(combined, exposure, "F090W", target="NGC 3132")
