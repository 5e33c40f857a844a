export { TestKitError, type TestKitErrorCode } from './lib/errors.ts';
export { ManualClock } from './lib/manual-clock.ts';
export { SeededRandom, type Xoshiro128State } from './lib/seeded-random.ts';
export { SEED_VARIABLE, seeded, testSeed } from './lib/test-seed.ts';
export { ZipfSampler } from './lib/zipf-sampler.ts';
