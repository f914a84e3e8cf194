import { deletingPipeline } from '../opensearch/pipelines.js';

export const deleteSearchPipeline = deletingPipeline('search');
