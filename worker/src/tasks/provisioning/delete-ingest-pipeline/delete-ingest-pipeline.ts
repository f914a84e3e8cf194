import { deletingPipeline } from '../opensearch/pipelines.js';

export const deleteIngestPipeline = deletingPipeline('ingest');
