import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { basename, dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

// Loaded into a process by `--import`: profiles it from here on and writes the profile when it ends in order. (Node's own
// --cpu-prof would name the file after the pid alone.)
const folder = process.env['BENCH_PROFILE_FOLDER'];
if (folder !== undefined && isMainThread) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    session.post('Profiler.stop', (_fault, { profile }) => {
      const entry = process.argv[1] ?? 'node';
      const service = basename(dirname(dirname(entry)));
      const name = `${service}-${basename(entry, '.js')}-${process.pid}.cpuprofile`;
      writeFileSync(join(folder, name), JSON.stringify(profile));
    });
  });
}
