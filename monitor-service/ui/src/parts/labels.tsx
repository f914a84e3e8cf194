/** What a run is found by. */
export function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> | undefined }) {
  return Object.entries(labels ?? {}).map(([name, text]) => (
    <code key={name} className="label">
      {name}:{text}
    </code>
  ));
}
