// Stands for a process of a driver: does what the name of the table asks it to.
import process from 'node:process';

const say = (value) => void process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
const result = (value) => ({ ok: true, result: value });

const DOINGS = {
  environment: () =>
    say(result({ names: Object.keys(process.env), arguments: process.argv.slice(2), pid: process.pid })),
  silence: () => undefined,
  end: () => process.exit(3),
  nonsense: () => say('nonsense'),
  list: () => say(result([1])),
  'two lines': () => say(`${JSON.stringify(result({}))}\n${JSON.stringify(result({}))}`),
  'a long line': () => say(result({ text: 'x'.repeat(400_000) })),
  'a deep value': () => say(`{"ok":true,"result":{"deep":${'['.repeat(501)}${']'.repeat(501)}}}`),
};

process.stdin.on('data', (line) => DOINGS[JSON.parse(line).query.tableName]());
process.stdin.on('end', () => process.exit());
say('ready');
