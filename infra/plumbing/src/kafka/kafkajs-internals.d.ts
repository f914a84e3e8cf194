// kafkajs 2.2.4 has no `exports` map and publishes no types for its inner modules. What the adapter touches of them is
// declared here; the version is pinned, and the integration tests of this folder fail when it changes shape.

declare module 'kafkajs/src/cluster/index.js' {
  import type { InternalCluster, ClusterOptions } from './kafkajs-shapes.js';
  const Cluster: new (options: ClusterOptions) => InternalCluster;
  export default Cluster;
}

declare module 'kafkajs/src/loggers/index.js' {
  import type { InternalLogger, LoggerModule } from './kafkajs-shapes.js';
  const loggers: LoggerModule;
  export type { InternalLogger };
  export default loggers;
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  type RequestQueue = {
    readonly pending: readonly unknown[];
    readonly throttledUntil: number;
    scheduleCheckPendingRequests: (this: RequestQueue) => void;
  };
  const queue: { readonly prototype: RequestQueue };
  export default queue;
}

declare module 'kafkajs/src/consumer/assignerProtocol.js' {
  const protocol: {
    readonly MemberMetadata: {
      readonly encode: (metadata: { version: number; topics: readonly string[] }) => Buffer;
    };
    readonly MemberAssignment: {
      readonly encode: (assignment: { version: number; assignment: Record<string, readonly number[]> }) => Buffer;
      readonly decode: (buffer: Buffer) => { readonly assignment: Record<string, readonly number[]> } | null;
    };
  };
  export default protocol;
}
