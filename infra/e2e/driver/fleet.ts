import { startServices, type IsolatedServices, type ServiceName } from '@flowplane/infra/stack';

type Env = Readonly<Record<string, string>>;
export type FleetKind = 'command-service' | 'projection-service' | 'executor';

/** Several instances of the services on one log, one store and one engine, each with a port of its own. */
export type Fleet = {
  readonly env: Env;
  /** The sets that have an instance of this kind. */
  readonly of: (kind: FleetKind) => readonly IsolatedServices[];
  readonly urlsOf: (kind: FleetKind) => readonly string[];
  readonly close: () => Promise<void>;
};

/** @param counts of each kind, at least 1; there is one worker */
export async function startFleet(env: Env, counts: Readonly<Record<FleetKind, number>>): Promise<Fleet> {
  const kinds = Object.keys(counts) as FleetKind[];
  const sets: { readonly services: IsolatedServices; readonly names: readonly ServiceName[] }[] = [];
  const close = async (): Promise<void> => {
    // The first one owns the databases, so its own end comes last.
    for (const { services, names } of sets.toReversed()) {
      for (const name of names) await services.stop(name);
      await services.close();
    }
  };
  try {
    for (let place = 0; place < Math.max(...Object.values(counts)); place += 1) {
      const own = kinds.filter((kind) => counts[kind] > place);
      const names: readonly ServiceName[] = place === 0 ? [...own, 'worker'] : own;
      sets.push({ services: await startServices({ env: sets[0]?.services.env ?? env, only: names }), names });
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const of = (kind: FleetKind): readonly IsolatedServices[] =>
    sets.filter(({ names }) => names.includes(kind)).map(({ services }) => services);
  return {
    env: (sets[0] as (typeof sets)[0]).services.env,
    of,
    urlsOf: (kind) => of(kind).map(({ urls }) => urls[kind]),
    close,
  };
}
