import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import { noImportCircles } from './no-import-circles.js';

describe('no-import-circles', () => {
  let folder;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'import-circles-')));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Writes the files, by name, and gives what the rule says of each, in the order of their names. */
  async function lint(files, ...options) {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const eslint = new ESLint({
      cwd: folder,
      overrideConfigFile: true,
      overrideConfig: {
        files: ['*.ts'],
        languageOptions: { parser: tseslint.parser },
        plugins: { workspace: { rules: { 'no-import-circles': noImportCircles } } },
        rules: { 'workspace/no-import-circles': ['error', ...options] },
      },
    });
    const results = await eslint.lintFiles('.');
    return results.flatMap(({ messages }) => messages.map(({ line, message }) => `${line}: ${message}`));
  }

  it('passes files that import one way', async () => {
    expect(
      await lint({
        'a.ts': `import { b } from './b.ts';\nimport type { C } from './c.ts';\nexport const a: C = b;`,
        'b.ts': `import type { C } from './c.ts';\nimport { readFileSync } from 'node:fs';\nexport const b: C = readFileSync('b');`,
        'c.ts': `export type C = unknown;`,
      }),
    ).toEqual([]);
  });

  it('finds a circle of types alone', async () => {
    expect(
      await lint({
        'a.ts': `import type { B } from './b.ts';\nexport interface A { b: B }`,
        'b.ts': `import type { A } from './a.ts';\nexport interface B { a: A }`,
      }),
    ).toEqual([
      '1: Files import each other: a.ts -> b.ts -> a.ts',
      '1: Files import each other: b.ts -> a.ts -> b.ts',
    ]);
  });

  it('names the shortest circle, at the import that it begins with', async () => {
    expect(
      await lint({
        'a.ts': `import './leaf.ts';\nexport { b } from './b.ts';`,
        'b.ts': `export * from './c.ts';\nexport const b = () => import('./d.ts');`,
        'c.ts': `export const c = 1 as typeof import('./a.ts').b;`,
        'd.ts': `import './c.ts';`,
        'leaf.ts': ``,
      }),
    ).toEqual([
      '2: Files import each other: a.ts -> b.ts -> c.ts -> a.ts',
      '1: Files import each other: b.ts -> c.ts -> a.ts -> b.ts',
      '2: Files import each other: b.ts -> d.ts -> c.ts -> a.ts -> b.ts',
      '1: Files import each other: c.ts -> a.ts -> b.ts -> c.ts',
      '1: Files import each other: d.ts -> c.ts -> a.ts -> b.ts -> d.ts',
    ]);
  });

  it('finds a file that imports itself', async () => {
    expect(
      await lint({ 'a.ts': `import type { A } from './a.ts';\nexport type B = A; export type A = 1;` }),
    ).toEqual(['1: Files import each other: a.ts -> a.ts']);
  });

  it('lets known circles be, and says when one is known no longer', async () => {
    const known = { known: true };
    const circle = { 'a.ts': `import type { B } from './b.ts';`, 'b.ts': `import type { A } from './a.ts';` };
    expect(await lint(circle, known)).toEqual([]);
    rmSync(join(folder, 'a.ts'));
    expect(await lint({ 'b.ts': 'export type B = 1;' }, known)).toEqual([
      '1: No circle of imports leads through this file any more: take it from the known ones.',
    ]);
  });
});
