// Shared by every project. Sources are ESM TypeScript with `.ts` import specifiers, so no module mapping is
// needed; workspace packages resolve to their sources through the custom export condition, as in tsconfig.base.json.
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: {
    customExportConditions: ['@distributed-cache/source', 'node', 'node-addons'],
  },
  // Ends what hangs, and no more: on a busy machine an honest test takes ten times as long as on a calm one.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  coverageDirectory: '<rootDir>/coverage',
};
