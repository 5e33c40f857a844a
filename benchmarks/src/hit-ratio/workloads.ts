import { must, SeededRandom, ZipfSampler } from '@distributed-cache/test-kit';

/** A sequence of requests: one key, a number, each. */
export interface Workload {
  readonly name: string;
  readonly keys: Int32Array;
  /** Entries that fit into the cache. */
  readonly capacities: readonly number[];
}

const KEYS = 100_000;
/** Keys from here on are requested once. */
const FRESH = 2 ** 30;

/** Requests whose popularity follows Zipf's law: the n-th most popular key has a share of 1 / n^exponent. */
function zipf(exponent: number, requests: number, seed: number): Int32Array {
  const sampler = new ZipfSampler(KEYS, exponent, new SeededRandom(seed));
  return Int32Array.from({ length: requests }, () => sampler.next());
}

/** After every 5,000 requests, 3,000 for keys that nobody asks for again. */
function withScans(requests: Int32Array): Int32Array {
  let next = 0;
  let fresh = FRESH;
  return requests.map((_, i) => (i % 8000 < 5000 ? must(requests[next++]) : fresh++));
}

/** Each time all keys change their places in the order of popularity. */
function withShifts(requests: Int32Array, every: number, seed: number): Int32Array {
  const random = new SeededRandom(seed);
  const places = Int32Array.from({ length: KEYS }, (_, i) => i);
  return requests.map((key, i) => {
    if (i % every === 0) shuffle(places, random);
    return must(places[key]);
  });
}

function shuffle(array: Int32Array, random: SeededRandom): void {
  for (let i = array.length - 1; i > 0; i--) {
    const other = Math.floor(random.next() * (i + 1));
    [array[i], array[other]] = [must(array[other]), must(array[i])];
  }
}

/** Always the same, as every run must be. */
export function generatedWorkloads(requests: number): Workload[] {
  const medium = zipf(0.99, requests, 2);
  return [
    { name: 'Zipf 0.7', keys: zipf(0.7, requests, 1), capacities: [1000, 10_000] },
    { name: 'Zipf 0.99', keys: medium, capacities: [1000, 10_000] },
    { name: 'Zipf 1.2', keys: zipf(1.2, requests, 3), capacities: [1000, 10_000] },
    { name: 'Zipf 0.99 with scans', keys: withScans(medium), capacities: [1000, 10_000] },
    { name: 'Zipf 0.99, shifting', keys: withShifts(medium, requests / 10, 4), capacities: [1000, 10_000] },
    {
      name: 'loop of 12,000 keys',
      keys: Int32Array.from({ length: requests }, (_, i) => i % 12_000),
      capacities: [1000, 10_000],
    },
  ];
}
