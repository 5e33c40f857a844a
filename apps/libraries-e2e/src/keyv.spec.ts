import KeyvRedis, { createClient } from '@keyv/redis';
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Keyv } from 'keyv';
import { describeEndpoints } from './endpoints.ts';

// Keyv's own tests for stores are written for Vitest, of which they use no more than this.
const vitest = {
  it: (name: string, run: (context: { expect: typeof expect }) => unknown) => {
    test(name, async () => {
      await run({ expect });
    });
  },
  beforeEach,
  afterEach,
};

describeEndpoints((endpoint) => {
  let client: ReturnType<typeof createClient>;
  const store = () => new KeyvRedis(client);

  beforeAll(async () => {
    client = createClient({ url: endpoint.url });
    // Each store listens to its client, and the tests make many stores.
    client.setMaxListeners(0);
    await client.connect();
  });

  afterAll(() => client.close());

  describe("Keyv's test suite", () => {
    keyvTestSuite(vitest as never, Keyv, store);
  });

  describe("Keyv's tests of iterators", () => {
    keyvIteratorTests(vitest as never, Keyv, store);
  });
});
