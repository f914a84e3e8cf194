import { createRequire } from 'node:module';
import { Ajv, type Options } from 'ajv';
import { NODE_TYPES } from '@flowplane/contracts/flow/document';
import {
  DEFAULT_MAX_NODES,
  DEFAULT_MAX_TRIGGERS,
  nodeSchema,
  rootSchema,
} from '@flowplane/contracts/flow/structural-schema';
import { taskTypes } from '@flowplane/contracts/flow/tasks/catalogue';
import type { Plugin } from 'vite';

// CommonJS without a default that Node's import would find.
const { default: standaloneCode } = createRequire(import.meta.url)('ajv/dist/standalone') as {
  readonly default: (ajv: Ajv, names: Readonly<Record<string, string>>) => string;
};

const REPLACED = /\/contracts\/src\/flow\/schema-validators\.[jt]s$/;
const SHARED: Options = { strict: false, ownProperties: true, validateFormats: false, allErrors: true };

/** As in contracts/src/flow/schema-validators.ts: by function, what it compiles and how. */
const COMPILED = [
  {
    name: 'structureValidator',
    options: { ...SHARED, verbose: false },
    schemas: [rootSchema(DEFAULT_MAX_NODES, DEFAULT_MAX_TRIGGERS), ...NODE_TYPES.map(nodeSchema)],
  },
  {
    name: 'inputValidator',
    options: { ...SHARED, verbose: true },
    schemas: taskTypes().map(({ inputSchema }) => inputSchema),
  },
];

/** Code in the place of a module that makes code from schemas, which the pages’ security policy forbids. */
export const compiledSchemas = (): Plugin => ({
  name: 'compiled-schemas',
  enforce: 'pre',
  load: (id) => (REPLACED.test(id) ? { code: compiledModule(), moduleSideEffects: false } : null),
});

function compiledModule(): string {
  const imports = new Map<string, string>();
  const parts = COMPILED.map(({ name, options, schemas }) => {
    const ajv = new Ajv({ ...options, code: { source: true, esm: false } });
    const names = schemas.map((schema, index) => {
      ajv.addSchema(schema, `${name}${index}`);
      return `${name}${index}`;
    });
    const code = standaloneCode(ajv, Object.fromEntries(names.map((one) => [one, one])));
    // Each part has its own names; what it needs of ajv at run time is imported once for all.
    const body = code.replaceAll(/require\("([^"]+)"\)/g, (_, path: string) => {
      imports.set(path, imports.get(path) ?? `runtime${imports.size}`);
      return imports.get(path) ?? '';
    });
    const keys = schemas.map((schema, index) => `[${JSON.stringify(JSON.stringify(schema))}, made.${name}${index}]`);
    return `export const ${name} = /* @__PURE__ */ (() => {
  const validators = /* @__PURE__ */ (() => { const made = {}; ((exports) => { ${body} })(made); return new Map([${keys.join(', ')}]); })();
  return (schema) => {
    const validate = validators.get(JSON.stringify(schema));
    if (validate === undefined) throw new Error('this schema was not compiled when the console was built');
    return validate;
  };
})();`;
  });
  const lines = [...imports].map(
    ([path, name]) => `import * as ${name}Module from ${JSON.stringify(path)};
const ${name} = ${name}Module.default?.default === undefined ? ${name}Module : ${name}Module.default;`,
  );
  return [...lines, ...parts].join('\n');
}
