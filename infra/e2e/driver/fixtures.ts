import { readdirSync, readFileSync } from 'node:fs';

type Node = { readonly id: string; readonly type: string };
export type Definition = { readonly nodes: readonly Node[] };

/** A signal that a fixture's run gets as soon as it was started; `as` is who sends it, default alice. */
export type FixtureSignal = {
  readonly name: string;
  readonly as?: { readonly actorId: string; readonly roles?: readonly string[] };
  readonly body: object;
};

/** How a valid document's run ends: `flows/runs/NAME.json`. */
export type ExpectedRun = {
  readonly input: object;
  readonly signals?: readonly FixtureSignal[];
  readonly trace: readonly string[];
  readonly state: object;
  /** Status by node, in document order. */
  readonly nodes: Readonly<Record<string, string>>;
  /** Statuses of the attempts of nodes that needed more than one. */
  readonly attempts?: Readonly<Record<string, readonly string[]>>;
};
export type PublishedFixture = {
  readonly flowId: string;
  readonly version: number;
  readonly workspace: string;
  readonly definition: Definition;
};
export type RuntimeFixture = {
  readonly definition: Definition;
  readonly input: object;
  readonly failure: { readonly nodeId: string; readonly code: string };
};
export type TraceFixture = {
  readonly definition: Definition;
  readonly input: object;
  readonly trace: readonly string[];
};

type Folder = {
  valid: Definition;
  runs: ExpectedRun;
  published: PublishedFixture;
  runtime: RuntimeFixture;
  traces: TraceFixture;
};

const ROOT = new URL('../../../contracts/fixtures/flows/', import.meta.url);
/** What fixtures write for the local server that their `http.request` tasks call. */
const BASE = 'http://base.test';

/** Names of the fixtures of one folder. */
export function fixtureNames(folder: keyof Folder): readonly string[] {
  return readdirSync(new URL(`${folder}/`, ROOT))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** @param baseUrl of the server that tasks call */
export function readFixture<Name extends keyof Folder>(folder: Name, name: string, baseUrl = BASE): Folder[Name] {
  const text = readFileSync(new URL(`${folder}/${name}.json`, ROOT), 'utf8');
  return JSON.parse(text.replaceAll(BASE, baseUrl)) as Folder[Name];
}
