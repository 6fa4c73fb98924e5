/**
 * Every POST under a security scheme takes a header by which it can be sent again: the client sends it with all of them, and
 * then repeats what may have been carried out.
 *
 * @param {{ scheme: string, header: string }} options The name of the security scheme, and of the header.
 */
export function repeatablePosts({ scheme, header }) {
  return {
    PathItem(pathItem, { location, report, resolve }) {
      const { post } = pathItem;
      if (!post?.security?.some((requirement) => scheme in (requirement ?? {}))) return;
      const parameters = [...(pathItem.parameters ?? []), ...(post.parameters ?? [])].map(
        (parameter) => (parameter?.$ref ? resolve(parameter).node : parameter) ?? {},
      );
      const takesHeader = parameters.some(
        ({ in: place, name }) => place === 'header' && name?.toLowerCase() === header.toLowerCase(),
      );
      if (!takesHeader) {
        report({ message: `A POST under ${scheme} takes the header ${header}.`, location: location.child(['post']) });
      }
    },
  };
}
