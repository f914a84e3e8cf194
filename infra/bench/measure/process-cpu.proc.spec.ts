import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '@flowplane/stack';
import { afterEach, describe, expect, it } from 'vitest';
import { readContextSwitches } from './context-switches.js';
import { readCpu } from './process-cpu.js';

/** Burns CPU time, not wall time: on a busy machine the two differ. */
const spinForMs = (ms: number, then: string): string =>
  `const used=()=>{const {user,system}=process.cpuUsage();return (user+system)/1000};const end=used()+${ms};while(used()<end);${then}`;
const started: ChildProcess[] = [];

async function startNode(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await once(child.stdout, 'data');
  return child;
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe('readCpu', () => {
  it('counts a process that works and a child of it that has ended', async () => {
    const inChild = JSON.stringify(spinForMs(300, ''));
    const script = `require('child_process').execFileSync(process.execPath,['-e',${inChild}]);${spinForMs(300, "console.log('done');setInterval(()=>{},1000)")}`;
    const child = await startNode(script);
    const pid = child.pid as number;
    const { tree, alone } = readCpu({ tree: { pid }, alone: { pid, isAlone: true } });
    expect(tree).toBeGreaterThan(0.5);
    expect(alone).toBeGreaterThan(0.25);
    expect(alone).toBeLessThan((tree as number) - 0.25);
  });

  it('picks processes below one by their command line', async () => {
    const idle = await startNode("console.log('up');setInterval(()=>{},1000)");
    const busy = await startNode(spinForMs(200, "/*picked*/console.log('done');setInterval(()=>{},1000)"));
    const reading = readCpu({
      picked: { pid: process.pid, matching: (line) => line.includes('picked') },
      none: { pid: idle.pid as number, matching: () => true },
      alone: { pid: busy.pid as number },
    });
    expect(reading['picked']).toBeGreaterThan(0.15);
    expect(reading['picked']).toBe(reading['alone']);
    expect(reading['none']).toBe(0);
  });
});

describe('readContextSwitches', () => {
  it('counts each time a process was woken', async () => {
    const { pid } = await startNode("console.log('up');setInterval(()=>{},5)");
    const groups = { waking: { pid: pid as number } };
    const before = readContextSwitches(groups)['waking'] as number;
    const woken = () => (readContextSwitches(groups)['waking'] as number) - before;
    await waitUntil('50 wake-ups', () => Promise.resolve(woken() > 50), { timeoutMs: 60_000, everyMs: 50 });
    expect(woken()).toBeGreaterThan(50);
  });
});
