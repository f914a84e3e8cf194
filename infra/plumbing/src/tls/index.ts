export { explainTlsFault, type TlsVariables } from './explain-tls-fault.js';
export { isLoopback } from './loopback.js';
