import { expect, test } from 'vitest';
import { joinedMetrics } from './joined-metrics.js';

const COMMANDS = `# HELP flows_http_requests_total HTTP requests answered.
# TYPE flows_http_requests_total counter
flows_http_requests_total{method="GET",route="/a b{x}",status="200"} 3

# HELP flows_process_uptime_seconds Seconds since this process started.
# TYPE flows_process_uptime_seconds gauge
flows_process_uptime_seconds 12.5
`;
const WORKER = `# HELP flows_process_uptime_seconds Seconds since this process started.
# TYPE flows_process_uptime_seconds gauge
flows_process_uptime_seconds 1e3

# HELP flows_http_requests_total HTTP requests answered.
# TYPE flows_http_requests_total counter

# HELP flows_only_here_bucket x
# TYPE flows_only_here_bucket histogram
flows_only_here_bucket{} NaN
`;

test('metrics of several processes stand once each, with a label that says whose a sample is', () => {
  const scraped = [
    { service: 'command-service', text: COMMANDS },
    { service: 'worker', text: WORKER },
    { service: 'executor', text: undefined },
  ];
  expect(joinedMetrics(scraped)).toBe(`# HELP flows_service_up Whether a process answered with its metrics.
# TYPE flows_service_up gauge
flows_service_up{service="command-service"} 1
flows_service_up{service="worker"} 1
flows_service_up{service="executor"} 0
# HELP flows_http_requests_total HTTP requests answered.
# TYPE flows_http_requests_total counter
flows_http_requests_total{service="command-service",method="GET",route="/a b{x}",status="200"} 3
# HELP flows_process_uptime_seconds Seconds since this process started.
# TYPE flows_process_uptime_seconds gauge
flows_process_uptime_seconds{service="command-service"} 12.5
flows_process_uptime_seconds{service="worker"} 1e3
# HELP flows_only_here_bucket x
# TYPE flows_only_here_bucket histogram
flows_only_here_bucket{service="worker"} NaN
`);
});

test('a metric that no process has samples of keeps one head', () => {
  const text = '# HELP a x\n# TYPE a counter\n';
  const joined = joinedMetrics([
    { service: 'one', text },
    { service: 'two', text },
  ]);
  expect(joined.split('\n').filter((line) => line.startsWith('# HELP a'))).toEqual(['# HELP a x']);
});
