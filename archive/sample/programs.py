"""Programs of the sample.

Those of the observatories are real: number, principal investigator, title and kind are facts; an empty title is one
that we are not sure of. The programs of this archive itself carry numbers that no proposal has and titles that say so; they
give the sample its exclusive and planned rows without saying untrue things about real programs.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    mission: str
    number: str
    pi_name: str
    title: str
    category: str
    cycle: str = ""
    exclusive_months: float = 0
    code: str = ""  # HST: the three letters inside data set names

    @property
    def is_sample(self) -> bool:
        return self.number.startswith("990")


_ERS = "ERS"
PROGRAMS = {
    (program.mission, program.number): program
    for program in (
        Program("JWST", "2731", "Pontoppidan, Klaus M.", "JWST Early Release Observation 5", "COM/ERO", "0"),
        Program("JWST", "2732", "Pontoppidan, Klaus M.", "JWST Early Release Observation 6", "COM/ERO", "0"),
        Program("JWST", "2733", "Pontoppidan, Klaus M.", "JWST Early Release Observation 7", "COM/ERO", "0"),
        Program("JWST", "2736", "Pontoppidan, Klaus M.", "JWST Early Release Observation 10", "COM/ERO", "0"),
        Program("JWST", "1558", "Barlow, Michael J.", "", "GO", "1", 12),
        Program("JWST", "1256", "McCaughrean, Mark J.", "Brown dwarfs & free-floating planetary mass objects in Orion: imaging", "GTO", "1", 12),
        Program("JWST", "1288", "Berne, Olivier", "Radiative Feedback from Massive Stars as Traced by Multiband Imaging and Spectroscopic Mosaics", _ERS, "1"),
        Program("JWST", "1324", "Treu, Tommaso L.", "Through the looking GLASS: a JWST exploration of galaxy formation and evolution from cosmic dawn to present day", _ERS, "1"),
        Program("JWST", "1334", "Weisz, Daniel R.", "The Resolved Stellar Populations Early Release Science Program", _ERS, "1"),
        Program("JWST", "1345", "Finkelstein, Steven L.", "The Cosmic Evolution Early Release Science (CEERS) Survey", _ERS, "1"),
        Program("JWST", "1366", "Batalha, Natalie", "The Transiting Exoplanet Community Early Release Science Program", _ERS, "1"),
        Program("JWST", "1373", "de Pater, Imke", "ERS observations of the Jovian System as a demonstration of JWST's capabilities for Solar System science", _ERS, "1"),
        Program("JWST", "1386", "Hinkley, Sasha", "High Contrast Imaging of Exoplanets and Exoplanetary Systems with JWST", _ERS, "1"),
        Program("JWST", "1180", "Eisenstein, Daniel J.", "NIRCam-NIRSpec galaxy assembly survey - GOODS-S - part #1a", "GTO", "1", 12),
        Program("JWST", "1727", "Kartaltepe, Jeyhan", "COSMOS-Web: The JWST Cosmic Origins Survey", "GO", "1"),
        Program("JWST", "1837", "Dunlop, James S.", "PRIMER: Public Release IMaging for Extragalactic Research", "GO", "1"),
        Program("JWST", "2107", "Lee, Janice C.", "A JWST-HST-VLT/MUSE-ALMA Treasury of Star Formation in Nearby Galaxies", "GO", "1"),
        Program("HST", "5773", "Hester, J. Jeff", "", "GO", "4", 12, "2lx"),
        Program("HST", "9425", "Giavalisco, Mauro", "The Great Observatories Origins Deep Survey: Imaging with ACS", "GO", "11", 0, "8e6"),
        Program("HST", "9490", "Kuntz, Kip D.", "", "GO", "11", 12, "8d6"),
        Program("HST", "9822", "Scoville, Nick Z.", "The COSMOS 2-Degree ACS Survey", "GO", "12", 0, "8pu"),
        Program("HST", "9978", "Beckwith, Steven V. W.", "The Ultra Deep Field with ACS", "DD", "12", 0, "8m8"),
        Program("HST", "10246", "Robberto, Massimo", "The HST survey of the Orion Nebula Cluster", "GO", "13", 0, "93k"),
        Program("HST", "10452", "Beckwith, Steven V. W.", "", "DD", "13", 0, "97c"),
        Program("HST", "10775", "Sarajedini, Ata", "An ACS Survey of Galactic Globular Clusters", "GO", "14", 0, "9l9"),
        Program("HST", "11598", "Tumlinson, Jason", "How Galaxies Acquire their Gas: A Map of Multiphase Accretion and Feedback in Gaseous Galaxy Halos", "GO", "17", 12, "b5n"),
        Program("HST", "12058", "Dalcanton, Julianne", "A Panchromatic Hubble Andromeda Treasury - I", "GO", "18", 0, "bf3"),
        Program("HST", "12278", "Ayres, Thomas R.", "Advanced Spectral Library Project: Cool Stars", "GO", "18", 0, "bk2"),
        Program("HST", "12309", "O'Dell, C. Robert", "", "GO", "18", 12, "bh6"),
        Program("JWST", "99001", "Sample, Ada", "Sample program: a second look at the Ring Nebula", "GO", "", 12),
        Program("JWST", "99002", "Sample, Bo", "Sample program: deep fields, monitored", "GO", "", 12),
        Program("JWST", "99003", "Sample, Cleo", "Sample program: fields at the poles and at zero hours", "GO", "", 6),
        Program("JWST", "99004", "Sample, Ada", "Sample program: detector darks", "CAL", "", 0),
        Program("HST", "99051", "Sample, Dov", "Sample program: the halo of the Ring Nebula in ultraviolet", "GO", "", 6, "zs1"),
        Program("HST", "99052", "Sample, Eve", "Sample program: fields at the poles and at zero hours", "GO", "", 12, "zs2"),
    )
}  # fmt: skip
