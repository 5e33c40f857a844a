import { existsSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type App = 'cache-manager' | 'data-node-server';

/** What a checkout of this repository has built. */
export class Build {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = resolve(folder);
  }

  /** The file that starts an app. */
  main(app: App): string {
    return join(this.folder, 'dist/apps', app, 'main.js');
  }

  /** Loads a package of this build. */
  async load<Package>(library: string): Promise<Package> {
    return (await import(pathToFileURL(this.#entry(library)).href)) as Package;
  }

  /** @throws Error that says what is missing, and how to get it */
  requireComplete(): void {
    const needed = [this.main('cache-manager'), this.main('data-node-server'), this.#entry('cache')];
    const missing = needed.find((file) => !existsSync(file));
    if (missing !== undefined) {
      throw new Error(`There is no ${missing}: run "npx nx run-many -t build" in ${this.folder} first.`);
    }
    // With the node_modules of another checkout the apps would run, but on that one's packages.
    const used = join(this.folder, 'node_modules/@distributed-cache/cache');
    if (!existsSync(used) || !realpathSync(used).startsWith(realpathSync(this.folder) + sep)) {
      throw new Error(
        `${used} is no package of that checkout: run "npm ci" in ${this.folder}, and build again.`,
      );
    }
  }

  #entry(library: string): string {
    return join(this.folder, 'libs', library, 'dist/index.js');
  }
}

/** That of the checkout which this benchmark belongs to. */
export const ourBuild = new Build(fileURLToPath(new URL('../..', import.meta.url)));
