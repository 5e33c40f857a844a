import { describe } from '@jest/globals';
import { testSeed } from '@distributed-cache/test-kit';
import type { EvictionPolicyName } from '../store.ts';
import { describeAgainstModel } from './random.ts';
import type { CreateStore } from './model.ts';
import { describeBytes } from './bytes.ts';
import { describeBudget, describeCosts, describeLeastRecentlyUsed } from './budget.ts';
import { describeExpiry } from './expiry.ts';
import { describeIdleTimes } from './idle-times.ts';
import { describeVersions } from './versions.ts';
import { describeIteration } from './iteration.ts';
import { describePreparation } from './preparation.ts';

/**
 * What every {@link Store} must do, whatever it is made of. A store's own spec calls this once:
 *
 *     describeStoreContract('OffHeapStore', (options) => new OffHeapStore(options));
 *
 * How many bytes an entry costs is each store's own affair; the suite holds it to its budget and to not wasting it.
 * Which entries are evicted is checked for `lru` only, which leaves no choice. Set `TEST_SEED` to repeat a run.
 */
export function describeStoreContract(
  name: string,
  createStore: CreateStore,
  evictionPolicy: EvictionPolicyName = 'lru',
): void {
  const seed = testSeed();
  const create: CreateStore = (options) => createStore({ ...options, evictionPolicy });

  describe(`${name} is a Store`, () => {
    describeAgainstModel(create, seed, evictionPolicy);
    describeBytes(create);
    describeBudget(create);
    describeCosts(create);
    if (evictionPolicy === 'lru') describeLeastRecentlyUsed(create);
    describeIdleTimes(create, seed, evictionPolicy);
    describeExpiry(create);
    describeVersions(create);
    describeIteration(create);
    describePreparation(create, seed);
  });
}
