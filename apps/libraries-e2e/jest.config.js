import preset from '../../jest.preset.js';

export default {
  ...preset,
  displayName: 'libraries-e2e',
  // Starting a process takes a second, and far longer on a busy machine.
  testTimeout: 60_000,
};
