import cookbook from '../../../../docs/cookbook.md?raw';

/** A flow that a new one may begin with. */
export type Example = { readonly title: string; readonly about: string; readonly yaml: string };

/** The flows of the cookbook, which are published and run by the tests. */
export const examples = (): readonly Example[] => examplesIn(cookbook);

/** Whole flows of a page: below a heading with a number, some sentences, and a block of YAML. */
export function examplesIn(page: string): readonly Example[] {
  return page.split(/^## \d+\. /m).flatMap((part): Example[] => {
    const [, title, about = '', yaml] = /^(.*)\n([^]*?)^```yaml\n(apiVersion: [^]*?)^```$/m.exec(part) ?? [];
    return title === undefined || yaml === undefined ? [] : [{ title, about: inWords(about), yaml }];
  });
}

/** Without the marks of Markdown. */
const inWords = (text: string): string =>
  text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/`|\[([^\]]*)\]\([^)]*\)/g, '$1');
