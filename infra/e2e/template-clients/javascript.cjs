// Drives provisioning with the OpenSearch client for JavaScript, as people who have it do. Arguments: the URL, the headers
// and the requests as JSON. Prints one answer a line. Started in the folder that has the client.
const { createRequire } = require('node:module');
const { Client } = createRequire(`${process.cwd()}/`)('@opensearch-project/opensearch');

async function main([url, headers, requests]) {
  const client = new Client({ node: url, maxRetries: 0, requestTimeout: 120_000 });
  let id = '';
  for (const { method, path, querystring, body } of JSON.parse(requests)) {
    const params = { method, path: path.replace('{id}', id), querystring, body };
    const options = { headers: JSON.parse(headers) };
    const answer = await client.transport.request(params, options).catch((thrown) => thrown.meta ?? thrown);
    if (answer instanceof Error) throw answer;
    id ||= answer.body.workflow_id;
    process.stdout.write(`${JSON.stringify({ status: answer.statusCode, body: answer.body })}\n`);
  }
}

main(process.argv.slice(2)).catch((thrown) => {
  process.stderr.write(`${thrown.stack}\n`);
  process.exitCode = 1;
});
