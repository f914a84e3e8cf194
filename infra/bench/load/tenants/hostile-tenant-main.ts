import { attacksOf, type Attack } from './attacks.js';
import { makeHostileCalls, type HostileReport } from './hostile-calls.js';
import { makeHostileWorkspaces } from './hostile-workspaces.js';

// A tenant that does everything at once, in a separate process so that it takes no time from who measures. Started
// with an IPC channel: says 'prepared', attacks when it hears how often, and answers 'end' with its report.
async function main(): Promise<void> {
  const [url = '', tenantId = '', hangingUrl = ''] = process.argv.slice(2);
  const calls = makeHostileCalls(url, tenantId);
  const attacks = attacksOf(makeHostileWorkspaces(calls), hangingUrl);
  for (const { prepare } of attacks) await prepare?.();
  const ended = new AbortController();
  let lanes: readonly Promise<void>[] = [];
  process.on('message', (message) => {
    if (message !== 'end') {
      const strikes = message === 'forever' ? Infinity : Number(message);
      lanes = attacks.flatMap((attack) => lanesOf(attack, strikes, ended.signal));
      return;
    }
    ended.abort();
    void Promise.all(lanes).then(() => {
      const report: HostileReport = { answers: calls.counts(), sentBytes: calls.sentBytes() };
      process.send?.(report, () => process.disconnect());
    });
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('prepared');
}

function lanesOf({ lanes, strike }: Attack, strikes: number, ended: AbortSignal): readonly Promise<void>[] {
  return Array.from({ length: lanes }, async (_, lane) => {
    for (let index = lane; index < strikes * lanes && !ended.aborted; index += lanes) await strike(index);
  });
}

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
