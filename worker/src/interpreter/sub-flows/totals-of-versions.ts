import {
  subFlowReferences,
  subFlowTotals,
  type FlowDefinition,
  type SubFlowReference,
  type SubFlowTotals,
} from '@flowplane/contracts';

/** Versions that one call reads at most: as many as one run could start, were each of them another one. */
const MAX_VERSIONS = 1000;
/** Of a version that leads back to itself: more than any limit. */
const ENDLESS: SubFlowTotals = { nesting: 1_000_000, runs: 1_000_000_000 };

type Nodes = Pick<FlowDefinition, 'nodes'>;

/**
 * What runs of versions can start, from the versions as they are now. It is not kept anywhere: a flow that is deleted and
 * made again counts its versions from 1, so that what a version names may change although the version cannot. Such a
 * change may even close a circle.
 *
 * @param find undefined: there is no such version
 * @returns in the order of `references`; null: there is no such version
 * @throws TooManyVersions
 */
export async function totalsOfVersions(
  references: readonly SubFlowReference[],
  find: (reference: SubFlowReference) => Promise<Nodes | undefined>,
): Promise<readonly (SubFlowTotals | null)[]> {
  const known = new Map<string, SubFlowTotals | null>();
  let read = 0;
  const totalsOf = async (reference: SubFlowReference): Promise<void> => {
    const key = keyOf(reference);
    if (known.has(key)) return;
    if (++read > MAX_VERSIONS) throw new TooManyVersions();
    known.set(key, ENDLESS);
    const definition = await find(reference);
    // One without nodes fails when it is to run.
    if (definition === undefined || !Array.isArray(definition.nodes)) {
      known.set(key, null);
      return;
    }
    for (const below of subFlowReferences(definition)) await totalsOf(below);
    known.set(
      key,
      subFlowTotals(definition, (flowId, version) => known.get(keyOf({ flowId, version })) ?? undefined),
    );
  };
  for (const reference of references) await totalsOf(reference);
  return references.map((reference) => known.get(keyOf(reference)) ?? null);
}

export class TooManyVersions extends Error {
  override readonly name = 'TooManyVersions';
  constructor() {
    super(`A run may have at most ${MAX_VERSIONS} different versions of sub-flows below it.`);
  }
}

const keyOf = ({ flowId, version }: SubFlowReference): string => `${flowId}\n${version}`;
