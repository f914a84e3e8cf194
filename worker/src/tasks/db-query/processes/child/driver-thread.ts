import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { DatabaseCall, DatabaseEngine } from '../database-call.js';
import { CLOSE, READY } from '../database-call.js';
import { answerTo, type CallRunner } from './serve-calls.js';

/** Every server comes with its addresses, which were checked: nothing in this process asks for others. */
function forbidLookups(): void {
  const refuse = (hostname: string): never => {
    throw Object.assign(new Error(`no name is looked up here: ${hostname}`), { code: 'ENOTFOUND' });
  };
  Object.assign(dns, { lookup: refuse, resolve: refuse, resolve4: refuse, resolve6: refuse });
  syncBuiltinESMExports();
}

const openRunner = async (engine: DatabaseEngine): Promise<CallRunner> =>
  engine === 'postgres'
    ? (await import('./table-calls.js')).tableCalls()
    : (await import('./document-calls.js')).documentCalls();

const port = parentPort;
if (port === null) throw new Error('this file is for a worker thread');
forbidLookups();
const runner = await openRunner((workerData as { readonly engine: DatabaseEngine }).engine);
port.on('message', (line: string) => {
  if (line === CLOSE) void runner.close().finally(() => port.close());
  else void answerTo(runner, JSON.parse(line) as DatabaseCall).then((text) => port.postMessage(text));
});
port.postMessage(READY);
