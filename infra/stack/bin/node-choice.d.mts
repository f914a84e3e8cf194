interface NodePackage {
  readonly name: string;
  readonly integrity?: string;
}
export const FETCHED_VERSION: string;
export function isSupported(version: string): boolean;
export function nodeToFetch(machine: {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
}): NodePackage | null;
export function notFetchedMessage(version: string, wanted: NodePackage): string;
