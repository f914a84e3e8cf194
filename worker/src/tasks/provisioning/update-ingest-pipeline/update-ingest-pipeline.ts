import { updatingPipeline } from '../opensearch/pipelines.js';

export const updateIngestPipeline = updatingPipeline('ingest');
