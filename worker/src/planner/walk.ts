import { joinsOf } from './joins.js';
import { nextOf, type Plan } from './plan.js';
import type { Change, PlanStep, Settled, UnknownTarget } from './plan-step.js';
import { ROOT_SCOPE, type ParallelScope, type RunState, type Scope, type SequenceScope } from './run-state.js';

/** Called with every node that starts, with the composites around it, innermost first, as they stand at that moment. */
export type OnStart = (nodeId: string, around: readonly Scope[]) => void;

type Task =
  | { readonly kind: 'start'; readonly scope: number; readonly nodeId: string }
  /** Continue the chain of `scope` behind `source`. */
  | { readonly kind: 'follow'; readonly scope: number; readonly source: string; readonly target: string | undefined }
  | { readonly kind: 'advance'; readonly scope: number }
  | { readonly kind: 'head'; readonly scope: number; readonly nodeId: string }
  | { readonly kind: 'chainEnded'; readonly scope: number };

/**
 * The work of one step on a private copy of the run state. What is to do lies on a stack instead of the call stack
 * (chains are as long as the document), last in first out: a branch is walked as far as it goes before its sibling.
 */
export class Walk {
  readonly #plan: Plan;
  readonly #trace: string[];
  readonly #started: Set<string>;
  readonly #scopes: Map<number, Scope>;
  #active: RunState['active'];
  #nextScope: number;
  #ended: boolean;
  readonly #changes: Change[] = [];
  readonly #stack: Task[] = [];
  #unknown: UnknownTarget | undefined;
  readonly #onStart: OnStart | undefined;

  constructor(plan: Plan, run: RunState, onStart?: OnStart) {
    this.#plan = plan;
    this.#onStart = onStart;
    this.#trace = [...run.trace];
    this.#started = new Set(run.trace);
    this.#scopes = new Map(run.scopes.map((scope) => [scope.id, scope]));
    this.#active = run.active;
    this.#nextScope = run.nextScope;
    this.#ended = run.ended;
  }

  begin(): void {
    this.#stack.push({ kind: 'start', scope: ROOT_SCOPE, nodeId: this.#plan.rootId });
    this.#work();
  }

  settle({ nodeId, target }: Settled): void {
    const active = this.#active.find((candidate) => candidate.nodeId === nodeId);
    const node = this.#plan.nodes.get(nodeId);
    if (active === undefined || node === undefined) throw new Error(`node '${nodeId}' is not active`);
    this.#active = this.#active.filter((candidate) => candidate !== active);
    const onward = node.type === 'branch' ? target : nextOf(node);
    this.#stack.push({ kind: 'follow', scope: active.scope, source: nodeId, target: onward });
    this.#work();
  }

  finish(): PlanStep {
    const run: RunState = {
      trace: this.#trace,
      scopes: [...this.#scopes.values()],
      active: this.#active,
      nextScope: this.#nextScope,
      ended: this.#ended,
    };
    return { run, changes: this.#changes, unknown: this.#unknown };
  }

  #work(): void {
    for (let task = this.#stack.pop(); task !== undefined; task = this.#stack.pop()) {
      this.#perform(task);
      if (this.#unknown !== undefined) return;
    }
  }

  #perform(task: Task): void {
    switch (task.kind) {
      case 'start':
        return this.#start(task.nodeId, task.scope);
      case 'follow':
        return this.#follow(task.scope, task.source, task.target);
      case 'advance':
        return this.#advance(this.#sequence(task.scope));
      case 'head':
        return this.#head(this.#parallel(task.scope), task.nodeId);
      case 'chainEnded':
        return this.#chainEnded(task.scope);
    }
  }

  #start(nodeId: string, scope: number): void {
    this.#onStart?.(nodeId, this.#enclosing(scope));
    this.#trace.push(nodeId);
    this.#started.add(nodeId);
    this.#changes.push({ kind: 'start', nodeId });
    const node = this.#plan.nodes.get(nodeId);
    if (node?.type === 'sequence') {
      const id = this.#nextScope++;
      this.#scopes.set(id, { kind: 'sequence', id, nodeId, parent: scope, step: -1 });
      this.#stack.push({ kind: 'advance', scope: id });
    } else if (node?.type === 'parallel') {
      const id = this.#nextScope++;
      const base = { kind: 'parallel', id, nodeId, parent: scope } as const;
      this.#beginRound({ ...base, joins: [], waiting: [], arrived: [], open: 0 }, [...new Set(node.branches)]);
    } else {
      this.#active = [...this.#active, { nodeId, scope }];
    }
  }

  #follow(scope: number, source: string, target: string | undefined): void {
    if (target === undefined) {
      this.#stack.push({ kind: 'chainEnded', scope });
    } else if (!this.#plan.nodes.has(target)) {
      this.#unknown = { nodeId: source, target };
    } else if (this.#stopsBefore(scope, target)) {
      this.#stack.push({ kind: 'chainEnded', scope });
    } else {
      this.#stack.push({ kind: 'start', scope, nodeId: target });
    }
  }

  /** The next listed step of a sequence, or its end. Steps are skipped only by joins (c) and what has run (d). */
  #advance(scope: SequenceScope): void {
    const steps = this.#stepsOf(scope);
    const step = scope.step + 1;
    const nodeId = steps[step];
    if (nodeId === undefined) return this.#endComposite(scope);
    this.#scopes.set(scope.id, { ...scope, step });
    if (!this.#plan.nodes.has(nodeId)) {
      this.#unknown = { nodeId: scope.nodeId, target: nodeId };
    } else if (this.#arrives(scope.parent, nodeId) || this.#started.has(nodeId)) {
      this.#stack.push({ kind: 'advance', scope: scope.id });
    } else {
      this.#stack.push({ kind: 'start', scope: scope.id, nodeId });
    }
  }

  #beginRound(scope: ParallelScope, heads: readonly string[]): void {
    const foreign = this.#outerJoins(scope.parent);
    const joins = joinsOf(this.#plan, heads, this.#walls(scope), foreign);
    const waiting = heads.filter((head) => joins.includes(head));
    if (waiting.length === heads.length) throw new Error(`the branches of '${scope.nodeId}' form a cycle`);
    // One more than started, so that the round cannot end while its heads are being started.
    this.#scopes.set(scope.id, { ...scope, joins, waiting, arrived: [], open: 1 });
    this.#stack.push({ kind: 'chainEnded', scope: scope.id });
    for (const nodeId of [...heads].reverse()) {
      if (!waiting.includes(nodeId)) this.#stack.push({ kind: 'head', scope: scope.id, nodeId });
    }
  }

  #head(scope: ParallelScope, nodeId: string): void {
    if (!this.#plan.nodes.has(nodeId)) {
      this.#unknown = { nodeId: scope.nodeId, target: nodeId };
      return;
    }
    if (this.#arrives(scope.parent, nodeId) || this.#started.has(nodeId)) return;
    this.#scopes.set(scope.id, { ...scope, open: scope.open + 1 });
    this.#stack.push({ kind: 'start', scope: scope.id, nodeId });
  }

  #chainEnded(id: number): void {
    const scope = this.#scopes.get(id);
    if (scope === undefined) {
      this.#ended = true;
    } else if (scope.kind === 'sequence') {
      this.#stack.push({ kind: 'advance', scope: id });
    } else if (scope.open > 1) {
      this.#scopes.set(id, { ...scope, open: scope.open - 1 });
    } else {
      const heads = scope.joins.filter((join) => scope.arrived.includes(join) || scope.waiting.includes(join));
      if (heads.length > 0) this.#beginRound(scope, heads);
      else this.#endComposite(scope);
    }
  }

  #endComposite(scope: Scope): void {
    this.#scopes.delete(scope.id);
    this.#changes.push({ kind: 'end', nodeId: scope.nodeId });
    const target = this.#nextOfScope(scope);
    this.#stack.push({ kind: 'follow', scope: scope.parent, source: scope.nodeId, target });
  }

  /**
   * flow-language 4.2 for a followed edge. Registers the arrival when the target is a join node of an enclosing round.
   */
  #stopsBefore(scopeId: number, target: string): boolean {
    const arrived = this.#arrives(scopeId, target);
    return arrived || this.#excluded(scopeId, target) || this.#started.has(target);
  }

  /** (a) and (b) of flow-language 4.2. */
  #excluded(scopeId: number, target: string): boolean {
    return this.#enclosing(scopeId).some((scope) => {
      if (this.#nextOfScope(scope) === target) return true;
      return scope.kind === 'sequence' && this.#stepsOf(scope).indexOf(target, scope.step + 1) !== -1;
    });
  }

  /**
   * (c) of flow-language 4.2: true when `target` is a join node of an enclosing round, where the chain then has
   * arrived.
   */
  #arrives(scopeId: number, target: string): boolean {
    const round = this.#enclosing(scopeId).find((scope) => scope.kind === 'parallel' && scope.joins.includes(target));
    if (round?.kind !== 'parallel') return false;
    if (!round.arrived.includes(target)) {
      this.#scopes.set(round.id, { ...round, arrived: [...round.arrived, target] });
    }
    return true;
  }

  #walls(scope: Scope): ReadonlySet<string> {
    const walls = new Set(this.#outerJoins(scope.parent));
    for (const enclosing of [scope, ...this.#enclosing(scope.parent)]) {
      const next = this.#nextOfScope(enclosing);
      if (next !== undefined) walls.add(next);
      if (enclosing.kind === 'sequence') {
        for (const step of this.#stepsOf(enclosing).slice(enclosing.step + 1)) walls.add(step);
      }
    }
    return walls;
  }

  #outerJoins(scopeId: number): ReadonlySet<string> {
    return new Set(this.#enclosing(scopeId).flatMap((scope) => (scope.kind === 'parallel' ? scope.joins : [])));
  }

  /** The scope and those around it, innermost first. */
  #enclosing(scopeId: number): readonly Scope[] {
    const found: Scope[] = [];
    for (let scope = this.#scopes.get(scopeId); scope !== undefined; scope = this.#scopes.get(scope.parent)) {
      found.push(scope);
    }
    return found;
  }

  #nextOfScope(scope: Scope): string | undefined {
    const node = this.#plan.nodes.get(scope.nodeId);
    return node === undefined ? undefined : nextOf(node);
  }

  #stepsOf(scope: SequenceScope): readonly string[] {
    const node = this.#plan.nodes.get(scope.nodeId);
    return node?.type === 'sequence' ? node.steps : [];
  }

  #sequence(id: number): SequenceScope {
    const scope = this.#scopes.get(id);
    if (scope?.kind !== 'sequence') throw new Error(`scope ${id} is no sequence`);
    return scope;
  }

  #parallel(id: number): ParallelScope {
    const scope = this.#scopes.get(id);
    if (scope?.kind !== 'parallel') throw new Error(`scope ${id} is no parallel`);
    return scope;
  }
}
