import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const consumer = fileURLToPath(new URL('../consumer', import.meta.url));
const libs = readdirSync(join(workspace, 'libs'));
const licence = readFileSync(join(workspace, 'LICENSE'), 'utf8');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly engines: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

let folder: string;
/** The folder of an installed package. */
const installed = (lib: string): string => join(folder, 'node_modules/@distributed-cache', lib);
const manifestIn = (path: string): Manifest =>
  JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;

/** Packs all libs, and installs the tarballs into an empty project without a network. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packages-'));
  const npm = (args: readonly string[], cwd: string): void => {
    execFileSync('npm', [...args, '--loglevel=error'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  npm(['pack', ...libs.flatMap((lib) => ['-w', `libs/${lib}`]), '--pack-destination', tarballs], workspace);

  // What the packages need from others is taken from here.
  const external = libs.flatMap((lib) => Object.keys(manifestIn(join(workspace, 'libs', lib)).dependencies));
  const dependencies = Object.fromEntries([
    ...external
      .filter((name) => !name.startsWith('@distributed-cache/'))
      .map((name) => [name, `file:${join(workspace, 'node_modules', name)}`]),
    ...libs.map((lib) => {
      const { name, version } = manifestIn(join(workspace, 'libs', lib));
      return [name, `file:${join(tarballs, `distributed-cache-${lib}-${version}.tgz`)}`];
    }),
  ]) as Record<string, string>;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  npm(['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'], folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(libs)('the package %s', (lib) => {
  test('has its licence, and no leftovers of the build', () => {
    const files = readdirSync(installed(lib), { recursive: true }) as string[];
    expect(readFileSync(join(installed(lib), 'LICENSE'), 'utf8')).toBe(licence);
    expect(files).toContain('README.md');
    expect(files.filter((file) => /tsbuildinfo|\.d\.ts\.map$|\.spec\b/.test(file))).toEqual([]);
  });

  test('says which Node.js and which versions of the others it needs', () => {
    const { engines, dependencies, license } = manifestIn(installed(lib));
    expect(license).toBe('MIT');
    expect(engines).toEqual(manifestIn(workspace).engines);
    const siblings = Object.entries(dependencies).filter(([name]) => name.startsWith('@distributed-cache/'));
    for (const [name, range] of siblings) {
      expect(`${name} ${range}`).toBe(
        `${name} ^${manifestIn(installed(name.replace('@distributed-cache/', ''))).version}`,
      );
    }
  });

  test('imports nothing that it does not declare', () => {
    const { name: own, dependencies, peerDependencies } = manifestIn(installed(lib));
    const declared = new Set([own, ...Object.keys(dependencies)]);
    const files = readdirSync(installed(lib), { recursive: true }) as string[];
    const undeclared = files
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) =>
        [
          ...readFileSync(join(installed(lib), file), 'utf8').matchAll(
            /^(?:import|export)\b.*?from '([^.'][^']*)'/gm,
          ),
        ]
          .map(([, specifier = '']) => specifier)
          .filter((specifier) => !specifier.startsWith('node:'))
          .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
          .filter((name) => !declared.has(name))
          .map((name) => `${file}: ${name}`),
      );
    // Contract suites are written for Jest, an optional peer, as fast-check is. No other entry point needs them.
    expect(undeclared.filter((each) => !/contract.*: (?:@jest\/globals|fast-check)$/.test(each))).toEqual([]);
    const needed = undeclared.map((each) => each.replace(/^.*: /, ''));
    expect(Object.keys(peerDependencies ?? {}).toSorted()).toEqual([...new Set(needed)].toSorted());
  });
});

/** The ways in which projects compile: Nest's command line writes `nodenext`, and wrote `commonjs` before. */
const projects = [
  { type: 'commonjs', module: 'nodenext', resolution: 'nodenext' },
  { type: 'commonjs', module: 'node16', resolution: 'node16' },
  { type: 'module', module: 'nodenext', resolution: 'nodenext' },
  { type: 'module', module: 'node16', resolution: 'node16' },
];

test.each(projects)(
  'a $type project with TypeScript $module compiles, and runs',
  ({ type, module, resolution }) => {
    const project = join(folder, `${type}-${module}`);
    cpSync(consumer, project, { recursive: true });
    writeFileSync(join(project, 'package.json'), JSON.stringify({ type }));
    const compilerOptions = {
      ...{
        module,
        moduleResolution: resolution,
        target: 'es2022',
        strict: true,
        outDir: 'out',
        rootDir: '.',
      },
      // Our declarations are looked through as well, not only what is taken from them.
      skipLibCheck: false,
      typeRoots: [join(workspace, 'node_modules/@types')],
      types: ['node'],
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    const tsc = spawnSync(join(workspace, 'node_modules/.bin/tsc'), { cwd: project, encoding: 'utf8' });
    expect(tsc.stdout).toBe('');
    expect(readFileSync(join(project, 'out/main.js'), 'utf8')).toContain(
      type === 'commonjs' ? 'require("@distributed-cache/cache")' : "from '@distributed-cache/cache'",
    );
    const run = spawnSync(process.execPath, ['out/main.js'], { cwd: project, encoding: 'utf8', env: {} });
    expect(run).toMatchObject({ stderr: '', stdout: 'true Ada a true\n', status: 0 });
  },
);
