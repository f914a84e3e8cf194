/** How one process of the stack is started, watched and stopped. */
export interface ProcessSpec {
  /** Unique within a stack; names the log file and the record in `pids.json`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** The loopback port it serves on, for `pids.json`; null when it has none. */
  readonly port: number | null;
  /** What makes it end in order. */
  readonly stopSignal: NodeJS.Signals;
  /** How long it may take to end before SIGKILL. */
  readonly stopTimeoutMs: number;
  /** Asked again and again after a start, until true. */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
}
