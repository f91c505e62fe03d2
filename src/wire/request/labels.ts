/** Labels of agents, and what requests ask of them: `gpu=a100`. The queue compares them as text with commas between. */
export const labelKey = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;
export const labelValue = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export const labelKeyHint = 'a label of up to 63 letters, digits, ".", "_", "/" and "-", such as gpu';
export const labelValueHint = 'up to 63 letters, digits, ".", "_" and "-", such as a100';

/** How many an agent may carry, by EXEC_LABELS. */
export const labelsMost = 32;
