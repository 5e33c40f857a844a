import { readFileSync } from 'node:fs';
import { Session, type Debugger, type Profiler } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/** A function that ran. */
export interface Call {
  /** As it is loaded. */
  readonly file: string;
  readonly name: string;
}

/**
 * Sees which functions of the main thread run, from a worker. First by V8's precise coverage, which knows them all but not
 * their order; then by a breakpoint at each of them, which tells the order.
 */
export class Observer {
  readonly #session = new Session();

  constructor(private readonly isOurs: (url: string) => boolean) {
    this.#session.connectToMainThread();
  }

  /** The functions of ours that run while `act` is done, in the order in which each is first entered. */
  async callsDuring(act: () => Promise<void>): Promise<Call[]> {
    const functions = await this.#functionsDuring(act);
    const calls: Call[] = [];
    await this.#session.post('Debugger.enable');
    const names = new Map<string, Call>();
    for (const { url, name, offset } of functions) {
      const { line, column } = positionOf(url, offset);
      const { breakpointId } = await this.#session.post('Debugger.setBreakpointByUrl', {
        url,
        lineNumber: line,
        columnNumber: column,
      });
      names.set(breakpointId, { file: fileURLToPath(url), name });
    }
    const onPaused = ({ params }: { params: Debugger.PausedEventDataType }): void => {
      for (const id of params.hitBreakpoints ?? []) {
        const call = names.get(id);
        names.delete(id);
        if (call !== undefined) calls.push(call);
      }
      void this.#session.post('Debugger.resume');
    };
    this.#session.on('Debugger.paused', onPaused);
    await act();
    this.#session.off('Debugger.paused', onPaused);
    await this.#session.post('Debugger.disable');
    return calls;
  }

  /** The main thread does not end before. */
  end(): void {
    this.#session.disconnect();
  }

  async #functionsDuring(act: () => Promise<void>): Promise<{ url: string; name: string; offset: number }[]> {
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await act();
    // What ran up to here does not count.
    await this.#session.post('Profiler.takePreciseCoverage');
    await act();
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    await this.#session.post('Profiler.stopPreciseCoverage');
    return result
      .filter(({ url }: Profiler.ScriptCoverage) => this.isOurs(url))
      .flatMap(({ url, functions }: Profiler.ScriptCoverage) =>
        functions.flatMap(({ functionName, ranges: [whole] }) =>
          whole !== undefined && whole.count > 0
            ? [{ url, name: functionName === '' ? 'a closure' : functionName, offset: whole.startOffset }]
            : [],
        ),
      );
  }
}

function positionOf(url: string, offset: number): { line: number; column: number } {
  const before = readFileSync(fileURLToPath(url), 'utf8').slice(0, offset).split('\n');
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}
