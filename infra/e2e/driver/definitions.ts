/** Flow definitions that several tests run. `url` is that of the called server. */

const call = (id: string, url: string, more: object = {}): object => ({
  id,
  type: 'task',
  taskType: 'http.request',
  input: { url: `${url}/${id}` },
  ...more,
});

/** Branch over the input, two tasks in parallel, a wait, one more task; `refund` is visited only for large orders. */
export function exampleFlow(url: string): object {
  return {
    apiVersion: 'v1.0',
    name: 'example',
    inputs: { amount: { type: 'number', default: 10 } },
    nodes: [
      { id: 'size', type: 'branch', arms: [{ when: 'inputs.amount > 100', next: 'refund' }], default: 'prepare' },
      call('refund', url),
      { id: 'prepare', type: 'parallel', branches: ['reserve', 'quote'], next: 'settle' },
      call('reserve', url, {
        input: { url: `${url}/reserve`, method: 'POST', body: { amount: '${{ inputs.amount }}' } },
      }),
      call('quote', url),
      { id: 'settle', type: 'wait', duration: 'PT1S', next: 'announce' },
      call('announce', url),
    ],
  };
}

/**
 * Tasks one after the other, `n1` … `n<count>`; each calls `/<inputs.run>/<node>`, so that the calls of runs can be kept
 * apart.
 */
export function chainFlow(url: string, count: number, retryPolicy?: object): object {
  const nodes = Array.from({ length: count }, (_, index) => {
    const next = index + 1 < count ? { next: `n${index + 2}` } : {};
    const input = { url: `${url}/\${{ inputs.run }}/n${index + 1}` };
    return call(`n${index + 1}`, url, { input, ...next, ...(retryPolicy === undefined ? {} : { retryPolicy }) });
  });
  return { apiVersion: 'v1.0', name: 'chain', inputs: { run: { type: 'string', required: true } }, nodes };
}

/** Needs no called server: one wait. */
export function waitFlow(duration: string): object {
  return { apiVersion: 'v1.0', name: 'wait', nodes: [{ id: 'pause', type: 'wait', duration }] };
}

/** A task that is refused for good: a loopback address that is not allowed. */
export function failingFlow(): object {
  const input = { url: 'http://127.0.0.1:9/never' };
  return {
    apiVersion: 'v1.0',
    name: 'failing',
    nodes: [
      { id: 'calm', type: 'wait', duration: 'PT0S', next: 'charge' },
      { id: 'charge', type: 'task', taskType: 'http.request', input, retryPolicy: { maxAttempts: 1 }, next: 'never' },
      { id: 'never', type: 'wait', duration: 'PT0S' },
    ],
  };
}
