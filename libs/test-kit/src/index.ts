export { TestKitError, type TestKitErrorCode } from './lib/errors.ts';
export { HistoryRecorder, type OpenOperation } from './lib/history-recorder.ts';
export type { HistoryEntry, Operation, ResultOf, State, Value } from './lib/history.ts';
export {
  assertLinearizable,
  checkLinearizable,
  type CheckOptions,
  type Verdict,
} from './lib/linearizability.ts';
export { ManualClock } from './lib/manual-clock.ts';
export type { Effect, Guard, Model, Transition } from './lib/model.ts';
export { must } from './lib/must.ts';
export { registerModel, type RegisterModelOptions } from './lib/register-model.ts';
export { SeededRandom, type Xoshiro128State } from './lib/seeded-random.ts';
export { SEED_VARIABLE, seeded, testSeed } from './lib/test-seed.ts';
export { ZipfSampler } from './lib/zipf-sampler.ts';
