/** Asks again and again, for what no event tells. Each question is a round trip to a server. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (performance.now() < deadline) if (await holds()) return;
  throw new Error(`This did not come about: ${what}.`);
}
