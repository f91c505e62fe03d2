import { changeQuery } from '../../router.ts';

/** Whether the lines of a log are wrapped; it is in the URL. */
export function WrapBox({ isWrapped }: { readonly isWrapped: boolean }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        data-key="w"
        checked={isWrapped}
        onChange={({ currentTarget }) => changeQuery({ wrap: currentTarget.checked ? '1' : '' })}
      />
      wrap
    </label>
  );
}
