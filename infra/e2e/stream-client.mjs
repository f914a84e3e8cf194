// Reads one event stream with the EventSource of Node until that stops by itself, and prints its events as JSON. It must
// be started with --experimental-eventsource. It reconnects after every end, as browsers do, and stops at 204: then nothing
// keeps the process alive.
const source = new EventSource(process.argv[2]);
const print = ({ type, lastEventId, data }) => console.log(JSON.stringify({ event: type, id: lastEventId, data }));
for (const name of ['node-status', 'log-line', 'stream-end']) source.addEventListener(name, print);
