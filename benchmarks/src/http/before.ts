import { must } from '@distributed-cache/test-kit';
import { orderOf, PairedCosts, type Contender } from '../before/paired-costs.ts';
import { ourBuild, type Build } from '../build.ts';
import type { Before } from '../command-line.ts';
import { short } from '../mode.ts';
import { SERVER_CORE, spawnPinned, stop, waitForLine } from '../process.ts';
import { expectValue, GET, measure, POST, store, warmUp, type RepeatedRequest } from './requests.ts';

const REQUESTS = [GET, POST];
const seconds = short ? 1 : 4;

/** Measures our cache manager beside that of another build; each turn has a process of its own. */
export async function compareWithBefore(
  before: Before,
  onRound: (round: number) => void,
): Promise<PairedCosts> {
  const costs = new PairedCosts();
  const builds = { before: before.build, now: ourBuild, 'before again': before.build };
  for (let round = 0; round < before.rounds; round++) {
    onRound(round + 1);
    const measured = new Map<Contender, Map<RepeatedRequest, number>>();
    for (const contender of orderOf(round)) measured.set(contender, await takeTurn(builds[contender]));
    for (const request of REQUESTS) {
      const of = (contender: Contender): number => must(measured.get(contender)?.get(request));
      costs.add(request.name, {
        before: of('before'),
        now: of('now'),
        'before again': of('before again'),
      });
    }
  }
  return costs;
}

/** Microseconds of processor time of each request. */
async function takeTurn(build: Build): Promise<Map<RepeatedRequest, number>> {
  const server = spawnPinned(SERVER_CORE, [process.execPath, build.main('cache-manager')], {
    HTTP_PORT: '0',
    RESP_PORT: 'off',
  });
  try {
    const [url] = await waitForLine(server, /http:\/\/127\.0\.0\.1:\d+/);
    const target = { url, pid: must(server.pid) };
    await store(url);
    await expectValue(url);
    const costs = new Map<RepeatedRequest, number>();
    for (const request of REQUESTS) {
      await warmUp(target, request);
      costs.set(request, (await measure(target, request, seconds)).cpuMicroseconds);
    }
    return costs;
  } finally {
    await stop(server);
  }
}
