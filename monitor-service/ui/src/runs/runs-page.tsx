export function RunsPage() {
  return <p className="page empty">Runs of all flows.</p>;
}
