/** How a broker encrypts and authenticates; it has plaintext listeners only without this. */
export interface KafkaSecurity {
  /** Settings of the broker, over the plain ones. */
  readonly settings: (ports: {
    readonly port: number;
    readonly controllerPort: number;
  }) => Readonly<Record<string, string>>;
  /** Users that exist from the first start on, as Kafka's storage tool takes them: `SCRAM-SHA-256=[name=…,password=…]`. */
  readonly scramUsers: readonly string[];
}

export interface PostgresSecurity {
  /** Laid into its data folder: `server.crt` and `server.key` (PEM), `pg_hba.conf`, and whatever else it is to find. */
  readonly files: Readonly<Record<string, string>>;
}

export interface TemporalSecurity {
  /** Parts of the section `global` of its configuration: `tls` and `authorization`. */
  readonly global: Readonly<Record<string, unknown>>;
}

/** Connections as in production, for tests: every client has to encrypt, and to say who it is. */
export interface StackSecurity {
  readonly kafka: KafkaSecurity;
  readonly postgres: PostgresSecurity;
  readonly temporal: TemporalSecurity;
}
