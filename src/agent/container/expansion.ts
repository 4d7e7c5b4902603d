/**
 * Replaces `$(NAME)` by its value; `$$` stands for a dollar sign, and a reference to an unknown name stays as it is. The value
 * put in is not expanded again.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^()$]*)\))/g, (whole, what: string, name: string) => {
    if (what === '$') return '$';
    return lookup(name) ?? whole;
  });
}
