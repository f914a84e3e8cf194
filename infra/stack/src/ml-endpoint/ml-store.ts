import { randomBytes } from 'node:crypto';
import type { Json, JsonObject } from '@flowplane/contracts';

export type MlKind = 'connectors' | 'model_groups' | 'models' | 'agents';

export type MlAnswer = { readonly status: number; readonly body: Json };

/** How a task of a local registration or of a deployment goes. */
export type TaskPlan = {
  /** Looks at it that find it running before it ends. */
  readonly looks: number;
  readonly state: 'COMPLETED' | 'FAILED' | 'COMPLETED_WITH_ERROR' | 'CANCELLED';
  readonly error?: string;
};

type Task = TaskPlan & { readonly modelId: string; looked: number; readonly onCompleted: () => void };
type Document = { [member: string]: Json };

/** What an ML Commons server of the tests holds, and how it answers. All in memory. */
export class MlStore {
  readonly documents: Readonly<Record<MlKind, Map<string, Document>>> = {
    connectors: new Map(),
    model_groups: new Map(),
    models: new Map(),
    agents: new Map(),
  };
  readonly plans: TaskPlan[] = [];
  readonly #tasks = new Map<string, Task>();

  /** Answers one request; the path is that below `/_plugins/_ml/`. */
  answer(method: string, path: string, query: URLSearchParams, body: JsonObject): MlAnswer {
    const [kind = '', id = '', verb = ''] = path.split('/').map(decodeURIComponent);
    if (kind === 'tasks' && method === 'GET') return this.#task(id);
    if (!isKind(kind)) return noHandler(method, path);
    if (id === '_search') return this.#search(kind, body);
    if (method === 'POST' && verb === '' && (id === '_create' || id === '_register')) {
      return this.#create(kind, body, query.get('deploy') === 'true');
    }
    const found = this.documents[kind].get(id);
    if (found === undefined) return failed(404, 'status_exception', `Failed to find ${singular(kind)} with id: ${id}`);
    if (method === 'GET' && verb === '') return { status: 200, body: found };
    if (method === 'DELETE' && verb === '') return this.#remove(kind, id, found);
    if (method === 'POST' && verb === '_deploy') return this.#deploy(id, found);
    if (method === 'POST' && verb === '_undeploy') {
      found['model_state'] = 'UNDEPLOYED';
      return { status: 200, body: { node: { stats: { [id]: 'undeployed' } } } };
    }
    return noHandler(method, path);
  }

  #create(kind: MlKind, body: JsonObject, isDeployed: boolean): MlAnswer {
    const id = makeId();
    const document: Document = { ...body, created_time: Date.now() };
    // The credential is kept where only the server itself reads it.
    if (kind === 'connectors') delete document['credential'];
    if (kind !== 'models') {
      this.documents[kind].set(id, document);
      return { status: 200, body: { [`${singular(kind)}_id`]: id, ...(kind === 'model_groups' ? CREATED : {}) } };
    }
    document['model_state'] = isDeployed ? 'DEPLOYED' : 'REGISTERED';
    if (body['function_name'] !== 'remote') {
      const taskId = this.#startTask(id, () => this.documents.models.set(id, document));
      return { status: 200, body: { task_id: taskId, ...CREATED } };
    }
    const connector = body['connector_id'];
    if (typeof connector !== 'string' || !this.documents.connectors.has(connector)) {
      return failed(404, 'status_exception', 'Failed to find connector');
    }
    this.documents.models.set(id, document);
    return { status: 200, body: { task_id: makeId(), model_id: id, ...CREATED } };
  }

  #remove(kind: MlKind, id: string, document: Document): MlAnswer {
    if (kind === 'models' && document['model_state'] === 'DEPLOYED') {
      const reason = 'Model cannot be deleted in deploying or deployed state. Try undeploy model first then delete';
      return failed(400, 'status_exception', reason);
    }
    this.documents[kind].delete(id);
    return { status: 200, body: { _id: id, result: 'deleted' } };
  }

  #deploy(id: string, document: Document): MlAnswer {
    const taskId = this.#startTask(id, () => void (document['model_state'] = 'DEPLOYED'));
    return { status: 200, body: { task_id: taskId, ...CREATED } };
  }

  #startTask(modelId: string, onCompleted: () => void): string {
    const taskId = makeId();
    const plan = this.plans.shift() ?? { looks: 0, state: 'COMPLETED' };
    this.#tasks.set(taskId, { ...plan, modelId, looked: 0, onCompleted });
    return taskId;
  }

  #task(id: string): MlAnswer {
    const task = this.#tasks.get(id);
    if (task === undefined) return failed(404, 'status_exception', `Failed to find task with id: ${id}`);
    task.looked += 1;
    if (task.looked <= task.looks) return { status: 200, body: { state: 'RUNNING' } };
    if (task.state === 'COMPLETED') task.onCompleted();
    const model = task.state === 'COMPLETED' ? { model_id: task.modelId } : {};
    const error = task.error === undefined ? {} : { error: task.error };
    return { status: 200, body: { state: task.state, ...model, ...error } };
  }

  /** Documents of which a `term` on `name.keyword` anywhere in the query is true. */
  #search(kind: MlKind, body: JsonObject): MlAnswer {
    const name = /"name\.keyword":(?:\{"value":)?("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(body))?.[1];
    const wanted: unknown = name === undefined ? undefined : JSON.parse(name);
    const hits = [...this.documents[kind]]
      .filter(([, document]) => wanted === undefined || document['name'] === wanted)
      .map(([id, document]) => ({ _id: id, _source: document }));
    return { status: 200, body: { hits: { total: { value: hits.length, relation: 'eq' }, hits } } };
  }
}

const CREATED = { status: 'CREATED' };

const isKind = (text: string): text is MlKind =>
  text === 'connectors' || text === 'model_groups' || text === 'models' || text === 'agents';

const singular = (kind: MlKind): string => kind.slice(0, -1);

const makeId = (): string => randomBytes(15).toString('base64url');

/** An error as OpenSearch words it. */
export function failed(status: number, type: string, reason: string): MlAnswer {
  return { status, body: { error: { root_cause: [{ type, reason }], type, reason }, status } };
}

const noHandler = (method: string, path: string): MlAnswer => ({
  status: 400,
  body: { error: `no handler found for uri [/_plugins/_ml/${path}] and method [${method}]` },
});
