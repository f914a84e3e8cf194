/** A value as JSON, with what is left of it when it is large. */
export function JsonView({ value, link }: { readonly value: unknown; readonly link?: ValueLink | undefined }) {
  if (link !== undefined) {
    return (
      <div>
        <pre className="json" tabIndex={0}>
          {link.preview}…
        </pre>
        <p className="soft">
          The beginning of {link.bytes.toLocaleString()} bytes. All of it: <code>GET {link.href}</code>
        </p>
      </div>
    );
  }
  if (value === null || value === undefined) return <p className="soft">none</p>;
  return (
    <pre className="json" tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}

type ValueLink = { readonly href: string; readonly bytes: number; readonly preview: string };
