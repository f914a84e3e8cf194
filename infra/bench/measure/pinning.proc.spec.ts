import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { waitUntil } from '@flowplane/stack';
import { afterEach, expect, it } from 'vitest';
import { coresIn, pin } from './pinning.js';

const coresOf = (pid: number): readonly number[] => coresIn(readFileSync(`/proc/${pid}/status`, 'utf8'));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

async function startNode(script: string): Promise<{ readonly pid: number; readonly said: string }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { pid: child.pid as number, said: said.toString() };
}

const IDLE = "console.log('up');setInterval(()=>{},1000)";
/** Starts another one two seconds after the first word, and ends with it. */
const PARENT = `const {spawn}=require('child_process');let child;setTimeout(()=>{child=spawn(process.execPath,['-e',${JSON.stringify(IDLE)}],{stdio:'ignore',argv0:'late'})},2000);process.on('exit',()=>child?.kill());${IDLE}`;

it.skipIf(coresOf(process.pid).length < 2)(
  'keeps processes apart, late ones as well, and gives them back',
  async () => {
    const all = coresOf(process.pid);
    const [engine, other] = [await startNode(IDLE), await startNode(PARENT)];
    const late = { pid: other.pid, matching: (line: string) => line.startsWith('late') };
    const unpin = await pin({ apart: { engine: { pid: engine.pid }, late }, others: { other: { pid: other.pid } } });
    expect(coresOf(engine.pid)).toEqual([all[0]]);
    expect(coresOf(other.pid)).toEqual([all[1]]);
    const children = (): readonly number[] =>
      readFileSync(`/proc/${other.pid}/task/${other.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    await waitUntil(
      'the late one on the core of those apart',
      () => Promise.resolve(children().some((pid) => coresOf(pid).join() === String(all[0]))),
      { timeoutMs: 60_000, everyMs: 100 },
    );
    const [child = 0] = children();
    await unpin();
    for (const pid of [engine.pid, other.pid, child]) expect(coresOf(pid)).toEqual(all);
    process.kill(child, 'SIGKILL');
  },
);
