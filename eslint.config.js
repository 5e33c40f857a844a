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

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/coverage', '**/node_modules', '.nx'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
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
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
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
