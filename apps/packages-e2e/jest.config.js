import preset from '../../jest.preset.js';

export default {
  ...preset,
  displayName: 'packages-e2e',
  // npm and the compiler take seconds, and far longer on a busy machine.
  testTimeout: 120_000,
};
