import { randomInt } from 'node:crypto';

import { invalid } from './errors.ts';
import { SeededRandom } from './seeded-random.ts';

/** The environment variable from which a seed is taken when no other is named. */
export const SEED_VARIABLE = 'TEST_SEED';

/**
 * The seed in the environment variable, or a fresh one when that is unset or empty. Put it in the test's title and
 * every failure shows it, a timeout included: ``test(`survives chaos (TEST_SEED=${seed})`, ...)``.
 * @throws TestKitError when the variable is set to anything but an integer from 0 to 2^53 - 1
 */
export function testSeed(variable = SEED_VARIABLE): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return randomInt(2 ** 32);
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw invalid(variable, 'an integer from 0 to 2^53 - 1', text);
  }
  return seed;
}

/**
 * A test body with its own seeded randomness: `test('name', seeded(async (random) => { ... }))`. When it fails, the
 * error's message begins with the seed that repeats it.
 */
export function seeded(
  body: (random: SeededRandom, seed: number) => unknown,
  variable = SEED_VARIABLE,
): () => Promise<void> {
  return async () => {
    const seed = testSeed(variable);
    try {
      await body(new SeededRandom(seed), seed);
    } catch (error) {
      throw withNote(error, `Repeat with ${variable}=${seed}`);
    }
  };
}

/** The same error, so that its type, its fields and the place in the code where it arose remain. */
function withNote(error: unknown, note: string): unknown {
  if (!(error instanceof Error)) return new Error(`${note}\n${String(error)}`, { cause: error });
  const { message, stack } = error;
  error.message = `${note}\n${message}`;
  // Test runners print the stack, whose head repeats the message as it was when the error was made.
  if (stack !== undefined) {
    error.stack = stack.includes(message) ? stack.replace(message, () => error.message) : `${note}\n${stack}`;
  }
  return error;
}
