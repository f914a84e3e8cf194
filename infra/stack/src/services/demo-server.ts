import { answersOk } from '../net/probes.js';
import type { ProcessSpec } from '../process/process-spec.js';
import { entryPath } from './service-plan.js';

export const DEMO_SERVER = 'demo-server';

/** How to run the server that the example flow's requests go to. */
export function demoServerSpec(port: number): ProcessSpec {
  return {
    name: DEMO_SERVER,
    command: process.execPath,
    args: [entryPath('infra/stack/dist/demo/server.js')],
    env: { ...process.env, PORT: String(port) },
    port,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 3_000,
    isReady: () => answersOk(port, '/healthz'),
    readyTimeoutMs: 20_000,
  };
}
