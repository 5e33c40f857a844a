import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const original = fileURLToPath(new URL('../../../..', import.meta.url));
const SCOPE = '@distributed-cache';

/** A copy of this workspace in which a test may change sources. Packages of others are those of the original. */
export class WorkspaceCopy {
  readonly root = mkdtempSync(join(tmpdir(), 'cache-manager-serve-'));

  constructor() {
    const copied = [
      ...['package.json', 'package-lock.json', 'nx.json', 'tsconfig.base.json', 'tsconfig.json'],
      ...[
        'eslint.config.js',
        'jest.preset.js',
        'scripts',
        'tools',
        'libs',
        'apps/cache-manager',
        'dist/apps/cache-manager',
      ],
    ];
    for (const path of copied) {
      // With their times, so that the compiler finds everything up to date.
      cpSync(join(original, path), join(this.root, path), { recursive: true, preserveTimestamps: true });
    }
    this.linkPackages();
  }

  private linkPackages(): void {
    const packages = join(this.root, 'node_modules');
    mkdirSync(join(packages, SCOPE), { recursive: true });
    for (const name of readdirSync(join(original, 'node_modules'))) {
      if (name !== SCOPE) symlinkSync(join(original, 'node_modules', name), join(packages, name));
    }
    for (const name of readdirSync(join(this.root, 'libs'))) {
      symlinkSync(join(this.root, 'libs', name), join(packages, SCOPE, name));
    }
  }

  /** Replaces a piece of a file, which must be there. */
  edit(path: string, before: string, after: string): void {
    const file = join(this.root, path);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
    writeFileSync(file, text.replace(before, after));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
