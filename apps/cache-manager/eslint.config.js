import workspace from '../../eslint.config.js';

export default [
  ...workspace,
  {
    // Nest reads constructor and parameter types at run time, so that an import used only as such a type is a value.
    files: ['src/**/*.ts'],
    languageOptions: { parserOptions: { experimentalDecorators: true, emitDecoratorMetadata: true } },
  },
  { files: ['eslint.config.js'], rules: { '@nx/enforce-module-boundaries': 'off' } },
];
