import { parseArgs } from 'node:util';
import { topicNames } from '@flowplane/contracts';
import { connectKafka } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makePool } from '@flowplane/plumbing/postgres';
import { readProjectionServiceConfig } from '../config.js';
import { LIVE_SCHEMA } from '@flowplane/runtime/read-model';
import type { TableDifference } from './compare-schemas.js';
import { makeProgressLine } from './progress-line.js';
import { openRebuild } from './rebuild.js';

const USAGE = `Rebuilds the read models from the log, beside the live ones.

  node projection-service/dist/rebuild/main.js --verify     compare the rebuilt copy with the live one, row by row
                                               --switch     put the rebuilt copy in the live one's place
                                               --verify --switch   switch only when both are equal
                                               --drop-live  drop the live read models; a (re)started
                                                            projection-service makes them anew from the log

Environment as for projection-service. Exit code 1 when something differs.
`;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function printDifferences(differences: readonly TableDifference[]): boolean {
  for (const { table, liveRows, rebuiltRows, differing, examples } of differences) {
    print(`${table.padEnd(20)} live ${liveRows}, rebuilt ${rebuiltRows}, differing ${differing}`);
    for (const example of examples) print(`  ${example}`);
  }
  return differences.every(({ differing }) => differing === 0);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { verify: { type: 'boolean' }, switch: { type: 'boolean' }, 'drop-live': { type: 'boolean' } },
  });
  const config = readProjectionServiceConfig(process.env);
  if (values['drop-live'] === true) {
    const pool = makePool(config.readDbUrl, { max: 1, applicationName: 'rebuild' });
    await pool.query(`DROP SCHEMA IF EXISTS ${LIVE_SCHEMA} CASCADE`);
    await pool.end();
    print('The read models are dropped. A running projection-service ends by itself and makes them anew when started.');
    return 0;
  }
  if (values.verify !== true && values.switch !== true) {
    print(USAGE);
    return 2;
  }
  const logger = makeLogger({ service: 'rebuild', level: process.env['LOG_LEVEL'] ?? 'warn' });
  const kafka = await connectKafka({ brokers: config.kafkaBrokers, clientId: 'rebuild' }, logger);
  const line = makeProgressLine(process.stdout, Date.now);
  const topics = topicNames(config.topicPrefix);
  const rebuild = await openRebuild({ ...config, url: config.readDbUrl, kafka, topics, logger, onProgress: line.show });
  try {
    await rebuild.catchUp();
    line.end();
    const equal = values.verify === true ? printDifferences(await rebuild.verify()) : true;
    if (values.verify === true) print(equal ? 'equal' : 'DIFFERENT');
    if (equal && values.switch === true) {
      await rebuild.switchOver();
      print('switched');
    } else {
      await rebuild.discard();
    }
    return equal ? 0 : 1;
  } finally {
    await rebuild.close();
    await kafka.close();
  }
}

process.exitCode = await main();
