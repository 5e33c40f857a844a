import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { noImportCircles } from './tools/lint-rules/no-import-circles.js';

/** What only the outer layers may know: the core runs in any process, and talks to other services through its ports. */
const outside = [
  '@nestjs/*',
  ...['etcd3', '@grpc/*'],
  ...['redis', '@redis/*', 'ioredis', 'iovalkey', '@valkey/*'],
];

/** Projects whose sources are still to be linted with their types. */
const untyped = ['cache', 'cluster', 'data-node', 'redis-proxy', 'redis-server'].map(
  (lib) => `libs/${lib}/**`,
);

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/coverage', '**/node_modules', '.nx'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    files: ['**/*.ts'],
    // What the packages are tried with is no part of the workspace.
    ignores: [...untyped, 'apps/packages-e2e/consumer/**'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers read in a text as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => close()` as a callback says what it does, whatever that returns.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `variables['NAME']` shows that it may be missing.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // `async` alone makes a rejection of what is thrown, as callers of a method that promises expect.
      '@typescript-eslint/require-await': 'off',
      // Classes are shapes too: Nest's options are classes that nobody constructs.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    plugins: { '@nx': nx, workspace: { rules: { 'no-import-circles': noImportCircles } } },
    rules: {
      'workspace/no-import-circles': 'error',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          allowCircularSelfDependency: false,
          banTransitiveDependencies: true,
          depConstraints: [
            { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: ['layer:testing', 'layer:core'] },
            {
              sourceTag: 'layer:core',
              onlyDependOnLibsWithTags: ['layer:core', 'layer:testing'],
              bannedExternalImports: outside,
            },
            { sourceTag: 'layer:adapter', onlyDependOnLibsWithTags: ['layer:core', 'layer:testing'] },
            {
              sourceTag: 'layer:nest',
              onlyDependOnLibsWithTags: ['layer:adapter', 'layer:core', 'layer:testing'],
            },
            {
              sourceTag: 'layer:app',
              onlyDependOnLibsWithTags: ['layer:nest', 'layer:adapter', 'layer:core', 'layer:testing'],
            },
            {
              sourceTag: 'layer:bench',
              onlyDependOnLibsWithTags: ['layer:core', 'layer:testing', 'layer:app'],
            },
          ],
        },
      ],
      // A Nest module is a class for its decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: untyped, rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  {
    // What a typed array, or a table beside one, holds within its length is there: to look again would cost where most
    // is read.
    files: ['libs/{store,resp,consistent-hash}/src/**/*.ts', 'libs/runtime/src/lib/bytes.ts'],
    ignores: ['**/*.spec.ts', 'libs/store/src/lib/contract/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSNonNullExpression > :not(MemberExpression[computed=true])',
          message: '`!` is for reads by index.',
        },
      ],
    },
  },
  {
    files: ['**/scripts/**', 'scripts/**', 'benchmarks/**'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
  // The presets at the top belong to every project.
  { files: ['**/jest.config.js'], rules: { '@nx/enforce-module-boundaries': 'off' } },
  prettier,
);
