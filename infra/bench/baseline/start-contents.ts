/** A payload of the engine as JSON can hold it: bytes in base64. */
type StoredPayload = { readonly metadata: Readonly<Record<string, string>>; readonly data: string };
type StoredFields = Readonly<Record<string, StoredPayload>>;

/** What a run was started with: arguments, search attributes and memo, as they lie in its history. */
export type StartContents = {
  readonly input: readonly StoredPayload[];
  readonly searchAttributes: StoredFields;
  readonly memo: StoredFields;
};

/** A payload as the engine's client has it. */
export type Payload = {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
};
type Fields = Readonly<Record<string, Payload>>;

/** The members of the first event of a history that hold what the run was started with. */
export type StartedAttributes = {
  readonly input?: { readonly payloads?: readonly Payload[] | null } | null;
  readonly searchAttributes?: { readonly indexedFields?: Fields | null } | null;
  readonly memo?: { readonly fields?: Fields | null } | null;
};

export function startContentsOf(started: StartedAttributes): StartContents {
  return {
    input: (started.input?.payloads ?? []).map(stored),
    searchAttributes: mapped(started.searchAttributes?.indexedFields ?? {}, stored),
    memo: mapped(started.memo?.fields ?? {}, stored),
  };
}

/** The members of a request that starts a run with these contents. */
export function startRequestOf(contents: StartContents) {
  return {
    input: { payloads: contents.input.map(payload) },
    searchAttributes: { indexedFields: mapped(contents.searchAttributes, payload) },
    memo: { fields: mapped(contents.memo, payload) },
  };
}

const stored = ({ metadata, data }: Payload): StoredPayload => ({
  metadata: mapped(metadata ?? {}, (bytes) => Buffer.from(bytes).toString('base64')),
  data: Buffer.from(data ?? []).toString('base64'),
});

const payload = ({ metadata, data }: StoredPayload) => ({
  metadata: mapped(metadata, (text) => Buffer.from(text, 'base64')),
  data: Buffer.from(data, 'base64'),
});

function mapped<A, B>(from: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, change(value)]));
}
