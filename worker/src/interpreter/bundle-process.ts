import { writeWorkflowBundle } from './workflow-bundle.js';

// A process that bundles the workflow and ends. Argument: the file to write.
const [, , path = ''] = process.argv;
await writeWorkflowBundle(path);
