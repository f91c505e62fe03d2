/** Readable in light and dark, on a telephone and on paper. */
export const style = `
:root { color-scheme: light dark; --line: light-dark(#d8dde3, #343b44); --soft: light-dark(#5a6673, #9aa6b2); --back: light-dark(#f5f7f9, #1b2026); --blue: light-dark(#0b62c4, #6cb0ff); --green: light-dark(#17713a, #63c787); --red: light-dark(#b3261e, #f28b82); --gold: light-dark(#8a5a00, #e0b04c); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; } h1 small { color: var(--soft); font-size: 1rem; font-weight: normal; }
h2 { margin: 2.5rem 0 .25rem; text-transform: capitalize; } h4 { margin: 1rem 0 .25rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; } pre { background: var(--back); border: 1px solid var(--line); border-radius: .4rem; padding: .75rem 1rem; overflow-x: auto; }
a { color: var(--blue); } nav a { margin-right: .75rem; text-transform: none; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; padding: 0 .75rem; overflow-wrap: anywhere; }
details[open] { padding-bottom: .75rem; } summary { cursor: pointer; padding: .4rem 0; }
summary span { color: var(--soft); } summary:focus-visible { outline: 2px solid var(--blue); }
.operation > summary > b { display: inline-block; min-width: 4.5rem; }
.get, .s2 { color: var(--blue); } .post, .put { color: var(--green); } .delete, .s4, .s5 { color: var(--red); }
.answer { border: 0; border-left: 2px solid var(--line); border-radius: 0; margin: 0; }
.fields { margin: 0; } .fields .fields { border-left: 2px solid var(--line); padding-left: .75rem; margin-top: .25rem; }
dt { margin-top: .4rem; } dd { margin: 0; color: var(--soft); } .type { color: var(--soft); font-size: .9em; margin: .25rem 0; }
.required { color: var(--gold); font-size: .8em; } .scope { color: var(--soft); }
@media (max-width: 40rem) { .operation > summary > span { display: block; } }
`;
