import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Build } from './build.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(path: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
}

function putAll(): void {
  put('dist/apps/cache-manager/main.js');
  put('dist/apps/data-node-server/main.js');
  put('libs/cache/dist/index.js');
}

function linkPackages(target: string): void {
  mkdirSync(join(folder, 'node_modules/@distributed-cache'), { recursive: true });
  symlinkSync(target, join(folder, 'node_modules/@distributed-cache/cache'));
}

test('a complete build is accepted', () => {
  putAll();
  linkPackages('../../libs/cache');
  expect(() => new Build(folder).requireComplete()).not.toThrow();
});

test('what is not built is named in one line, with the command that builds it', () => {
  put('dist/apps/cache-manager/main.js');
  expect(() => new Build(folder).requireComplete()).toThrow(
    new Error(
      `There is no ${join(folder, 'dist/apps/data-node-server/main.js')}: run "npx nx run-many -t build" in ${folder} first.`,
    ),
  );
});

test('a checkout that would run on the packages of another one is refused', () => {
  putAll();
  linkPackages(tmpdir());
  expect(() => new Build(folder).requireComplete()).toThrow(
    `${join(folder, 'node_modules/@distributed-cache/cache')} is no package of that checkout: run "npm ci" in ${folder}`,
  );
});

test('so is one without installed packages', () => {
  putAll();
  expect(() => new Build(folder).requireComplete()).toThrow('run "npm ci"');
});
