import { fileURLToPath } from 'node:url';
import { short } from '../mode.ts';
import { load, type LoadResult } from '../wrk.ts';

export const CONNECTIONS = 64;

const WARM_UP_SECONDS = 3;

const QUERY = '/?key=123456';

/** A request that is sent over and over; all servers answer it alike. */
export interface RepeatedRequest {
  readonly name: string;
  readonly target: string;
  /** For wrk, which sends GET without one. */
  readonly script?: readonly string[];
}

export const GET: RepeatedRequest = { name: 'GET /?key=', target: QUERY };
export const POST: RepeatedRequest = {
  name: 'POST /?key=&value=',
  target: `${QUERY}&value=hello`,
  script: [fileURLToPath(new URL('../../src/http/post.lua', import.meta.url))],
};

/** Stores the entry that {@link GET} asks for. */
export async function store(url: string): Promise<void> {
  const response = await fetch(url + POST.target, { method: 'POST' });
  if (!response.ok) throw new Error(`${url} answered POST with ${response.status}`);
}

export async function expectValue(url: string): Promise<void> {
  const answer = (await (await fetch(url + GET.target)).json()) as { value?: string };
  if (answer.value !== 'hello') throw new Error(`${url} does not answer the value`);
}

/** A server that was started for this. */
export interface Target {
  readonly url: string;
  readonly pid: number;
}

export async function warmUp(server: Target, request: RepeatedRequest): Promise<void> {
  if (!short) await measure(server, request, WARM_UP_SECONDS);
}

/** Drives a server for some seconds. Every request has to succeed. */
export async function measure(
  { url, pid }: Target,
  { target, script = [] }: RepeatedRequest,
  seconds: number,
): Promise<LoadResult> {
  const result = await load({
    ...{ url: url + target, connections: CONNECTIONS, seconds },
    ...{ serverPid: pid, script },
  });
  if (result.failures > 0) throw new Error(`${url}: ${result.failures} requests failed`);
  return result;
}
