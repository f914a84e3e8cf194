import { spawn } from 'node:child_process';

/** A position in a text, both from 0. */
type Position = { readonly line: number; readonly character: number };
type Diagnostic = { readonly message: string; readonly range: { readonly start: Position } };
type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
};

/** A language server that an editor would talk to. */
export type LanguageServer = {
  /** Opens or replaces the text. */
  readonly show: (text: string) => void;
  /** What the server has said last about a text: not which one, so wait until it says what is expected. */
  readonly found: () => readonly Diagnostic[];
  /** Labels of what may stand at a place of the text. */
  readonly complete: (at: Position) => Promise<readonly string[]>;
  /** Markdown about the word at a place; empty: there is none. */
  readonly hover: (at: Position) => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Starts a server that speaks LSP on its standard input and output, with one YAML file that is open in it. */
export async function startLanguageServer(script: string, uri: string): Promise<LanguageServer> {
  const child = spawn(process.execPath, [script, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answers = new Map<number, (message: Message) => void>();
  let found: readonly Diagnostic[] = [];
  let lastId = 0;
  let version = 0;

  const send = (message: Message): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const ask = (method: string, params: object): Promise<unknown> =>
    new Promise((resolve) => {
      lastId += 1;
      answers.set(lastId, ({ result }) => resolve(result));
      send({ id: lastId, method, params });
    });
  const take = (message: Message): void => {
    if (message.method === undefined) answers.get(message.id ?? 0)?.(message);
    // What the server asks its editor: there are no settings, and nothing to register.
    else if (message.id !== undefined) send({ id: message.id, result: settingsFor(message) });
    else if (message.method === 'textDocument/publishDiagnostics') {
      found = (message.params as { readonly diagnostics: readonly Diagnostic[] }).diagnostics;
    }
  };

  let waiting = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let next = firstMessage(waiting); next !== undefined; next = firstMessage(waiting)) {
      waiting = next.rest;
      take(next.message);
    }
  });

  const capabilities = { textDocument: { hover: { contentFormat: ['markdown'] } } };
  await ask('initialize', { processId: process.pid, rootUri: null, capabilities });
  send({ method: 'initialized', params: {} });
  const at = (position: Position) => ({ textDocument: { uri }, position });
  return {
    show: (text) => {
      version += 1;
      const opened = { textDocument: { uri, languageId: 'yaml', version, text } };
      const changed = { textDocument: { uri, version }, contentChanges: [{ text }] };
      if (version === 1) send({ method: 'textDocument/didOpen', params: opened });
      else send({ method: 'textDocument/didChange', params: changed });
    },
    found: () => found,
    complete: async (position) => {
      const list = (await ask('textDocument/completion', at(position))) as {
        readonly items: readonly { label: string }[];
      };
      return list.items.map(({ label }) => label);
    },
    hover: async (position) => {
      const said = (await ask('textDocument/hover', at(position))) as { readonly contents: { value: string } } | null;
      return said?.contents.value ?? '';
    },
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function settingsFor({ method, params }: Message): unknown {
  if (method !== 'workspace/configuration') return null;
  return (params as { readonly items: readonly unknown[] }).items.map(() => null);
}

/** The first whole message of the base protocol of LSP, and what is behind it; undefined: it has not come yet. */
function firstMessage(bytes: Buffer): { readonly message: Message; readonly rest: Buffer<ArrayBuffer> } | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = Number(/Content-Length: (\d+)/i.exec(bytes.toString('ascii', 0, head))?.[1]);
  const start = head + 4;
  if (bytes.length < start + length) return undefined;
  const message = JSON.parse(bytes.toString('utf8', start, start + length)) as Message;
  return { message, rest: Buffer.from(bytes.subarray(start + length)) };
}
