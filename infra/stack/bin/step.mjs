import { spawn } from 'node:child_process';

/** Runs a program as one step of the start: a line at its start and end, its output only when it fails. */
export function step(name, expected, { command, args, cwd }) {
  const startedAt = Date.now();
  const elapsed = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  console.log(`  … ${name}, ${expected}`);
  const reminder = setInterval(() => console.log(`    ${name}: ${elapsed()}`), 10_000);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const end = (problem) => {
      clearInterval(reminder);
      if (problem === null) {
        console.log(`  ✓ ${name} (${elapsed()})`);
        resolve();
      } else {
        reject(new Error(`  ✗ ${name} (${elapsed()}): ${problem}\n${output}`));
      }
    };
    child.once('error', (fault) => end(fault.message));
    child.once('close', (code, signal) => end(code === 0 ? null : `ended with ${signal ?? code}`));
  });
}
