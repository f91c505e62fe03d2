interface RowActionProps {
  /** The verb on the button: `remove`. */
  readonly children: string;
  /** The button with its row, for a screen reader: `Remove alpine:3`. */
  readonly label: string;
  readonly onAct: () => void;
  readonly isDisabled?: boolean;
}

/** The last cell of a row: a button that does something with what the row shows. */
export function RowAction({ children, label, onAct, isDisabled = false }: RowActionProps) {
  return (
    <td>
      <button type="button" class="quiet-button" disabled={isDisabled} aria-label={label} onClick={onAct}>
        {children}
      </button>
    </td>
  );
}

/** The head of a column of such buttons, which only a screen reader needs. */
export function ActionsHead() {
  return (
    <th scope="col">
      <span class="hidden">Actions</span>
    </th>
  );
}
