import { useLayoutEffect, useRef } from 'preact/hooks';

/** Room for rows of a table that are not elements, without a style attribute, which the policy of the page forbids. */
export function SpacerRow({ height, columns }: { readonly height: number; readonly columns: number }) {
  const element = useRef<HTMLTableRowElement>(null);
  useLayoutEffect(() => {
    if (element.current !== null) element.current.style.height = `${height}px`;
  }, [height]);
  if (height <= 0) return null;
  return (
    <tr ref={element} class="spacer">
      <td colSpan={columns} />
    </tr>
  );
}
