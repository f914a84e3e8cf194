import type { TemplateRouteName } from '@flowplane/contracts';
import { templateRoute, type Answer, type TemplateAccessOptions, type TemplateCall } from '@flowplane/runtime/api';
import type { PositionWait } from '@flowplane/runtime/read-model';
import type { FastifyInstance } from 'fastify';
import { planTemplate } from './plan-route.js';
import { provisionTemplate, reprovisionTemplate, resumeTemplate } from './provision-routes.js';
import { deleteTemplate, deprovisionTemplate } from './removal-routes.js';
import type { TemplateContext } from './template-context.js';
import { createTemplate, updateTemplate } from './write-routes.js';

type Context = TemplateContext & PositionWait;

const HANDLERS: Partial<Record<TemplateRouteName, (context: Context, call: TemplateCall) => Promise<Answer>>> = {
  createTemplate,
  updateTemplate,
  provisionTemplate,
  reprovisionTemplate,
  resumeTemplate,
  deprovisionTemplate,
  deleteTemplate,
  planTemplate,
};

/** Adds the routes that change templates, and the one that plans a change. */
export function addTemplateRoutes(app: FastifyInstance, access: TemplateAccessOptions, context: Context): void {
  for (const [name, handle] of Object.entries(HANDLERS)) {
    templateRoute(app, access, name as TemplateRouteName, (call) => handle(context, call));
  }
}
