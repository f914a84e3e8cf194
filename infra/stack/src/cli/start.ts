import { rm } from 'node:fs/promises';
import { provisionDemo } from '../../demo/provision-demo.js';
import { runDemo } from '../../demo/run-demo.js';
import { INFRA_STOP_ORDER } from '../isolated-stack.js';
import { messageOf, StackFault } from '../fault.js';
import { startContainers, type Containers } from '../containers/compose.js';
import { startInfra, type InfraEndpoints } from '../infra.js';
import { choosePort, rememberedPorts } from '../net/port-choice.js';
import { ensureConsole } from '../artifacts/console-files.js';
import { OPENSEARCH, startOpenSearch } from '../opensearch/opensearch-server.js';
import { homeLayout, type HomeLayout } from '../paths.js';
import { stopLeftovers } from '../process/leftovers.js';
import { makeSupervisor, type Supervisor } from '../process/supervisor.js';
import { formatElapsed, type Report } from '../progress.js';
import { ensureSecrets, type StackSecrets } from '../secrets.js';
import { DEMO_SERVER, demoServerSpec } from '../services/demo-server.js';
import { processesOf, SERVICES, type Env, type ServicePorts } from '../services/service-plan.js';
import { startServiceSet, stopServiceSet } from '../services/service-set.js';
import { START_USAGE, startOptions, type StartOptions } from './start-options.js';
import { onStopSignal } from './stop-signal.js';

const report: Report = (line) => console.log(line);

/** `npm start` after the build: the whole stack and all services, the demo, then serve until a stop signal. */
async function main(): Promise<void> {
  if (process.argv.includes('--help')) return report(START_USAGE);
  const startedAtMs = Date.now();
  const options = startOptions(process.argv.slice(2), process.env);
  const layout = homeLayout(options.home);
  await takeOver(layout, options);
  const supervisor = makeSupervisor({ ...layout, report });
  let containers: Containers | null = null;
  const stopAll = async (): Promise<void> => {
    supervisor.refuseStarts();
    await stopServiceSet(supervisor);
    await supervisor.stop(DEMO_SERVER);
    await supervisor.stop(OPENSEARCH);
    for (const name of INFRA_STOP_ORDER) await supervisor.stop(name);
    await containers?.stop();
    await rm(layout.pidsFile, { force: true });
  };
  const stopAsked = onStopSignal(report);
  const work = async (): Promise<void> => {
    const secrets = await ensureSecrets(layout.secretsFile);
    // Nothing waits for it: until it is there, its page says so.
    ensureConsole(report).catch((thrown: unknown) => report(`  ! the console was not built: ${messageOf(thrown)}`));
    const gateway = await choosePort('the gateway', { ...options.gateway, option: '--port' }, report);
    if (options.usesDocker)
      containers = await startContainers({ ...options, ports: options.infra, layout, secrets, report });
    const endpoints =
      containers?.endpoints ??
      (await startInfra({ ...options, ports: options.infra, layout, secrets, supervisor, report }));
    const openSearchUrl = await openSearch(options, layout, supervisor);
    const [demoPort = 0] = await rememberedPorts(layout.portsFile, 'demoServer', 1);
    const parts = { options, layout, supervisor, secrets, endpoints, openSearchUrl, gateway, demoPort };
    const url = await startServices(parts);
    report(
      `\nFlowplane is ready on ${url} after ${formatElapsed(Date.now() - startedAtMs)} (processes: ${layout.pidsFile})`,
    );
    if (openSearchUrl !== null) report(`OpenSearch is on ${openSearchUrl} (FLOWS_OPENSEARCH_URL of the services)`);
    if (options.runsDemo) await demonstrate(url, demoPort, layout, openSearchUrl !== null);
    report('\nServing until Ctrl-C.');
  };
  const working = work();
  const signal = await Promise.race([stopAsked, working.then(() => stopAsked)]).catch(async (thrown: unknown) => {
    if (supervisor.records().length > 0) report('\nStopping what was started.');
    await stopAll();
    throw thrown;
  });
  report(`\n${signal}: stopping.`);
  // A start that is still under way is let run to its next failure: its parts are being stopped under it.
  working.catch(() => undefined);
  await stopAll();
  report('Stopped. The data are kept; `npm start` goes on from them.');
}

/** Makes sure that no other start uses the data folder, stops what a killed one left, empties it when asked to. */
async function takeOver(layout: HomeLayout, options: StartOptions): Promise<void> {
  const before = await stopLeftovers(layout.pidsFile, report);
  if (before.kind === 'in-use') {
    throw new StackFault(
      `The data folder ${layout.home} is used by a running start (process ${before.launcherPid}): ` +
        'stop that one, or choose another folder with --home.',
    );
  }
  if (options.isReset) {
    await rm(layout.home, { recursive: true, force: true });
    report(`  ✓ emptied ${layout.home}`);
  }
}

/** Starts OpenSearch where it was asked for. @returns its url */
async function openSearch(options: StartOptions, layout: HomeLayout, supervisor: Supervisor): Promise<string | null> {
  if (options.openSearch === null) return null;
  const port = await choosePort('OpenSearch', { ...options.openSearch, option: '--opensearch-port' }, report);
  const [transportPort = 0] = await rememberedPorts(layout.portsFile, 'openSearchTransport', 1);
  return startOpenSearch({
    ...{ supervisor, port, transportPort, report },
    cache: options.cache,
    folder: layout.openSearch,
  });
}

async function startServices(context: {
  readonly options: StartOptions;
  readonly layout: HomeLayout;
  readonly supervisor: Supervisor;
  readonly secrets: StackSecrets;
  readonly endpoints: InfraEndpoints;
  readonly openSearchUrl: string | null;
  readonly gateway: number;
  readonly demoPort: number;
}): Promise<string> {
  const { options, layout, supervisor, secrets, endpoints, openSearchUrl, gateway, demoPort } = context;
  const remembered = await rememberedPorts(layout.portsFile, 'services', SERVICES.length);
  const inner = Object.fromEntries(SERVICES.map((name, index) => [name, remembered[index]])) as ServicePorts;
  if (options.runsDemo) await supervisor.start(demoServerSpec(demoPort));
  const allowed = [process.env['FLOWS_HTTP_ALLOW_HOSTS'], options.runsDemo ? `127.0.0.1:${demoPort}` : undefined];
  const env: Env = {
    KAFKA_BROKERS: endpoints.kafkaBrokers,
    FLOWS_DB_URL: endpoints.dbUrl,
    TEMPORAL_ADDRESS: endpoints.temporalAddress,
    FLOW_EXECUTION_TOKEN_SECRET: process.env['FLOW_EXECUTION_TOKEN_SECRET'] || secrets.executionTokenSecret,
    ...(openSearchUrl === null ? {} : { FLOWS_OPENSEARCH_URL: openSearchUrl }),
    FLOWS_CONSOLE_TENANT: process.env['FLOWS_CONSOLE_TENANT'] || 'demo',
    FLOWS_HTTP_ALLOW_HOSTS: allowed.filter((entry) => entry !== undefined && entry !== '').join(','),
  };
  const ports = { ...inner, gateway };
  const names = processesOf(options.isCompact);
  await startServiceSet({ supervisor, ports, env, envOf: {}, names, ownsNamespace: true, report });
  return `http://127.0.0.1:${gateway}`;
}

/** A failure of the demo is printed and leaves the stack serving, so that it can be looked into. */
async function demonstrate(url: string, demoPort: number, layout: HomeLayout, provisions: boolean): Promise<void> {
  try {
    await runDemo({ url, demoServerUrl: `http://127.0.0.1:${demoPort}`, report });
    if (provisions) await provisionDemo({ url, idFile: layout.demoTemplateFile, report });
  } catch (thrown) {
    report(`\nThe demo failed: ${messageOf(thrown)}\nThe logs are in ${layout.logs}.`);
  }
}

main().then(
  () => process.exit(0),
  (thrown: unknown) => {
    console.error(thrown instanceof StackFault ? thrown.message : thrown instanceof Error ? thrown.stack : thrown);
    process.exit(1);
  },
);
