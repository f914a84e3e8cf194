import avro from 'avsc';

/** How `meta` and the other members of a message are read: Avro writes them one behind the other. */
export type RecordParts = { readonly meta: avro.Type; readonly data: avro.Type };

/** @returns null where the record does not begin with `meta` */
export function partsOf(whole: avro.Type): RecordParts | null {
  const [meta, ...others] = (whole as avro.types.RecordType).fields;
  if (meta?.name !== 'meta') return null;
  const fields = others.map(({ name, type }) => ({ name, type }));
  const options = { wrapUnions: false, omitRecordMethods: true };
  return { meta: meta.type, data: avro.Type.forSchema({ type: 'record', name: 'Data', fields }, options) };
}

/** Runs what may throw anything, and throws what the codec throws. */
type Guard = <T>(read: () => T) => T;

/** A message whose `data` is read when it is first asked for. @param from where the record begins in `value` */
export function readLazily(parts: RecordParts, value: Buffer, from: number, type: string, guard: Guard): object {
  const meta = guard(() => {
    const decoded = parts.meta.decode(value, from);
    if (decoded.offset < 0) throw new Error('it ends within meta');
    return decoded;
  });
  const readData = (): unknown =>
    guard(() => {
      const data = parts.data.decode(value, meta.offset);
      if (data.offset !== value.length) throw new Error(`${value.length - data.offset} bytes too many or too few`);
      return data.value;
    });
  return new LazyMessage(type, meta.value, readData);
}

class LazyMessage {
  #read: (() => unknown) | undefined;
  #data: unknown;

  constructor(
    readonly type: string,
    readonly meta: unknown,
    read: () => unknown,
  ) {
    this.#read = read;
  }

  get data(): unknown {
    if (this.#read !== undefined) this.#data = this.#read();
    this.#read = undefined;
    return this.#data;
  }
}
