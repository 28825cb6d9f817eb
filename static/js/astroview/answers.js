// What the server tells the sky, and in words what went wrong.
const PATIENCE = 60000; // ms, longer than any search may take

// What is told at an address, or by an answer that is on its way.
export async function told(address, early = null) {
  const { isGood, status, answer } = await (early || read(address)).catch(() => {
    throw new Error("The server did not answer; check the connection.");
  });
  if (isGood && answer) return answer;
  if (answer?.error) throw new Error(`${answer.error} ${answer.remedy || ""}`.trim());
  throw new Error(isGood ? "The server's answer cannot be read." : `The server answered ${status}.`);
}

// As the page's preload asks for it, without a header of its own.
async function read(address) {
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
  return { isGood: response.ok, status: response.status, answer: await response.json().catch(() => null) };
}
