// Backgrounds. The remote ones are asked for only when somebody chooses one.
const CDS = "https://alasky.cds.unistra.fr";

const REMOTE = [
  { id: "dss", name: "DSS2 color", base: `${CDS}/DSS/DSSColor`, credit: "DSS2, STScI/CDS" },
  { id: "panstarrs", name: "Pan-STARRS DR1 color", base: `${CDS}/Pan-STARRS/DR1/color-z-zg-g`, credit: "Pan-STARRS DR1, STScI/CDS" },
  { id: "sdss", name: "SDSS9 color", base: `${CDS}/SDSS/DR9/color`, credit: "SDSS DR9, CDS" },
  { id: "galex", name: "GALEX GR6/7 NUV", base: `${CDS}/GALEX/GALEXGR6_7_NUV`, credit: "GALEX, STScI/CDS" },
  { id: "2mass", name: "2MASS color", base: `${CDS}/2MASS/Color`, credit: "2MASS, UMass/IPAC/CDS" },
  { id: "allwise", name: "AllWISE color", base: `${CDS}/AllWISE/RGB-W4-W2-W1`, credit: "AllWISE, NASA/JPL/CDS" },
  { id: "spitzer", name: "Spitzer IRAC color", base: `${CDS}/Spitzer/SpitzerI1I2I4color`, credit: "Spitzer, NASA/CDS" },
  { id: "fermi", name: "Fermi color", base: `${CDS}/Fermi/Color`, credit: "Fermi, NASA/CDS" },
];

export const PLAIN = { id: "plain", name: "Plain, grid only", base: "", credit: "" };
const SYNTHETIC = { id: "synthetic", name: "Synthetic sky", credit: "Synthetic sky, drawn from catalogues — not an image" };

// What the menu offers: the local sky where it has been made, the plain one, the surveys of CDS.
export function surveys(localBase) {
  const local = localBase ? [{ ...SYNTHETIC, base: new URL(localBase, location.href).href }] : [];
  return [...local, PLAIN, ...REMOTE];
}
