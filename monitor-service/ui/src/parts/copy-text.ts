type Writing = { readonly writeText: (text: string) => Promise<void> };

/**
 * Puts a text into the clipboard.
 *
 * @param clipboard undefined on pages without TLS, where browsers have none
 * @returns whether it is there
 */
export async function copyText(text: string, clipboard: Writing | undefined): Promise<boolean> {
  if (clipboard === undefined) return false;
  return clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}
