import { startServices, type IsolatedServices, type ServiceName } from '@flowplane/stack';

type Env = Readonly<Record<string, string>>;
export type FleetKind = 'command-service' | 'projection-service' | 'executor';

/** As many of each as a deployment that survives the loss of any has. */
const FLEET: Readonly<Record<FleetKind, number>> = { 'command-service': 2, 'projection-service': 3, executor: 3 };

/** Several instances of the services on one log, one store and one engine, each with a port of its own. */
export type Fleet = {
  readonly env: Env;
  /** The sets that have an instance of this kind. */
  readonly of: (kind: FleetKind) => readonly IsolatedServices[];
  readonly urlsOf: (kind: FleetKind) => readonly string[];
  readonly close: () => Promise<void>;
};

/** @param worker whether one runs; without, runs stay where they are once they are started */
export async function startFleet(env: Env, { worker }: { readonly worker: boolean }): Promise<Fleet> {
  const kinds = Object.keys(FLEET) as FleetKind[];
  const sets: { readonly services: IsolatedServices; readonly names: readonly ServiceName[] }[] = [];
  const close = async (): Promise<void> => {
    // The first one owns the databases, so its own end comes last.
    for (const { services, names } of sets.toReversed()) {
      for (const name of names) await services.stop(name);
      await services.close();
    }
  };
  try {
    const add = async (place: number): Promise<void> => {
      const own = kinds.filter((kind) => FLEET[kind] > place);
      const names: readonly ServiceName[] = worker && place === 0 ? [...own, 'worker'] : own;
      sets.push({ services: await startServices({ env: sets[0]?.services.env ?? env, only: names }), names });
    };
    await add(0);
    const others = Array.from({ length: Math.max(...Object.values(FLEET)) - 1 }, (_, index) => add(index + 1));
    await Promise.allSettled(others);
    await Promise.all(others);
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
