/** What a connection leads to (tasks 9). */
export const CONNECTION_KINDS = ['http', 'postgres', 'mongo', 's3', 'smtp', 'llm', 'functions'] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];

export const CONNECTION_NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** Stands for the operator's own backend of a kind, the `FLOWS_…` variables; no connection can have this name. */
export const DEFAULT_CONNECTION = 'default';

export type HttpAuth = 'none' | 'bearer' | 'basic' | 'header' | 'oauth2' | 'mtls';

/** Where the other side is. Nothing of it is secret: reads show it. */
export type ConnectionEndpoints = {
  readonly http: {
    /** Base: requests go to this origin and below this path only. */
    readonly url: string;
    readonly auth: HttpAuth;
    /** Of `auth: header`. */
    readonly headerName?: string;
    /** Of `auth: oauth2`. */
    readonly tokenUrl?: string;
    readonly scope?: string;
    /** Certificates (PEM) that the server's is checked with, in place of the public ones. */
    readonly ca?: string;
  };
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    /** Default `require`. */
    readonly tls?: 'require' | 'disable';
    readonly ca?: string;
  };
  readonly mongo: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    /** Default true. */
    readonly tls?: boolean;
    readonly ca?: string;
    readonly authSource?: string;
  };
  readonly s3: { readonly url: string; readonly region: string; readonly bucket: string };
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
    readonly secure: boolean;
    /** Sender of messages that name none. */
    readonly from?: string;
  };
  readonly llm: { readonly url: string };
  readonly functions: { readonly url: string };
};

/** What proves who is asking. Kept encrypted; no read, event, history or log has it. */
export type ConnectionSecrets = {
  readonly http: {
    readonly token?: string;
    readonly username?: string;
    readonly password?: string;
    readonly value?: string;
    readonly clientId?: string;
    readonly clientSecret?: string;
    readonly certificate?: string;
    readonly privateKey?: string;
  };
  readonly postgres: { readonly user: string; readonly password: string };
  readonly mongo: { readonly username?: string; readonly password?: string };
  readonly s3: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly smtp: { readonly username?: string; readonly password?: string };
  readonly llm: { readonly apiKey: string };
  readonly functions: { readonly token: string };
};

/** A connection as a task uses it. */
export type Connection<K extends ConnectionKind = ConnectionKind> = {
  readonly name: string;
  readonly kind: K;
  /** Another one after each rotation and change. */
  readonly version: string;
  readonly endpoint: ConnectionEndpoints[K];
  readonly secret: ConnectionSecrets[K];
};
