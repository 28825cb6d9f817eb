// What the server tells the sky (`sky-early.js` reads it), and in words what went wrong.

// What is told at an address, or by an answer that is on its way.
export async function told(address, early = null) {
  const { isGood, status, answer } = await (early || window.readForSky(address)).catch(() => {
    throw new Error("The server did not answer; check the connection.");
  });
  if (isGood && answer) return answer;
  if (answer?.error) throw new Error(`${answer.error} ${answer.remedy || ""}`.trim());
  throw new Error(isGood ? "The server's answer cannot be read." : `The server answered ${status}.`);
}
