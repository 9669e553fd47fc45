/** The page's style: without anything from elsewhere, for light and dark, for a wall and for a phone. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fff; --panel: #f6f7f9; --line: #dfe3e8; --ink: #1b1f24; --quiet: #57606a; --link: #0a58b5;
  --current: #1a7f45; --pending: #8a5a00; --drifted: #b8361e; --offline: #57606a; --new: #0a58b5; --failed: #c0242b;
  --bar: #4a7fb5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #13161a; --panel: #1b1f25; --line: #323840; --ink: #e6e9ed; --quiet: #a0a8b2; --link: #82b4ff;
    --current: #4fc486; --pending: #e2b04a; --drifted: #ff9072; --offline: #a0a8b2; --new: #82b4ff; --failed: #ff8078;
    --bar: #6f9fd0;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 66rem; padding: 3rem 1.5rem 5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.2em; }
h1, h2, h3 { line-height: 1.25; margin: 0; font-weight: 600; letter-spacing: -0.01em; text-wrap: balance; }
h1 { font-size: 1rem; color: var(--quiet); letter-spacing: 0; }
h2 { font-size: 1.4rem; margin: 4rem 0 1rem; }
h3 { font-size: 1.1rem; }
p { margin: 0.5rem 0; max-width: 44rem; }
.line { display: block; }
.quiet { color: var(--quiet); }
.small { font-size: 0.875rem; }
.summary { font-size: clamp(1.6rem, 5vw, 2.4rem); line-height: 1.2; letter-spacing: -0.02em; font-weight: 600; margin: 0.4rem 0 0.6rem; max-width: none; text-wrap: balance; }
ul.remarks { margin: 1.2rem 0 0; padding: 0; list-style: none; }
ul.remarks li { display: grid; grid-template-columns: 10rem 11rem minmax(0, 1fr); gap: 0 1rem; padding: 0.3rem 0; }
ul.remarks a, article h3, tbody th { overflow-wrap: anywhere; }
.state { white-space: nowrap; font-weight: 600; }
.state::before { content: ""; display: inline-block; width: 0.6em; height: 0.6em; border-radius: 50%; background: currentcolor; margin-right: 0.5em; }
.state.offline::before, .state.new::before { background: none; border: 2px solid currentcolor; }
.current { color: var(--current); } .pending { color: var(--pending); } .drifted { color: var(--drifted); }
.offline { color: var(--offline); } .refused, .unread { color: var(--failed); } .new { color: var(--new); } .failed { color: var(--failed); }
table { border-collapse: collapse; width: 100%; text-align: left; }
th { font-weight: 500; color: var(--quiet); font-size: 0.875rem; }
th, td { padding: 0.6rem 1.2rem 0.6rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { font-weight: 600; font-size: 1rem; color: var(--ink); }
.path { font: 0.875rem/1.5 ui-monospace, SFMono-Regular, Menlo, "Liberation Mono", monospace; overflow-wrap: anywhere; user-select: all; -webkit-user-select: all; cursor: copy; }
.folded { font-size: 0; }
.folded.rest::before { content: "\\2026"; font-size: 0.875rem; }
article { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1.3rem 1.5rem; margin: 1rem 0; scroll-margin-top: 1rem; }
article header { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; align-items: baseline; }
article header .small { margin-left: auto; }
dl { margin: 1rem 0 0; display: grid; grid-template-columns: 1fr 1fr; column-gap: 1.2rem; }
dl > .wide { grid-column: 1 / -1; }
dl > div { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 0 1.2rem; padding: 0.25rem 0; }
dt { color: var(--quiet); font-size: 0.875rem; padding-top: 0.1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
ul.packages { margin: 0; padding: 0; list-style: none; }
ul.packages li { overflow-wrap: anywhere; }
figure { margin: 2rem 0 3rem; }
figcaption { font-weight: 600; font-size: 1.1rem; }
figure svg { display: block; width: 100%; margin-top: 1rem; overflow: visible; }
svg text { fill: var(--ink); font-size: 14px; } svg .axis { fill: var(--quiet); font-size: 12px; }
svg line { stroke: var(--line); } svg .bar { fill: var(--bar); } svg .tick { stroke: var(--ink); stroke-width: 2; }
svg .dot { stroke-width: 2; } svg .track { fill: var(--line); }
svg .succeeded { fill: var(--current); stroke: var(--paper); } svg .unchanged, svg .unfinished { fill: var(--paper); stroke: var(--quiet); }
svg .unfinished { stroke-dasharray: 2 2; } svg .cross { fill: none; stroke: var(--failed); stroke-width: 3; stroke-linecap: round; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; margin: 0.8rem 0 0; padding: 0; list-style: none; font-size: 0.875rem; color: var(--quiet); }
.legend svg { display: inline-block; width: 14px; height: 14px; margin: 0 0.4em 0 0; vertical-align: -2px; }
.history { margin-top: 0.6rem; }
.history h3 { margin-top: 2.4rem; }
.history td { font-size: 0.9375rem; overflow-wrap: anywhere; }
.history td.when, .history td.took { white-space: nowrap; }
summary { cursor: pointer; padding: 0.7rem 0; color: var(--link); }
footer { margin-top: 4rem; border-top: 1px solid var(--line); padding-top: 1rem; }
:target { outline: 2px solid var(--link); outline-offset: 4px; }
@media (max-width: 46rem) {
  body { padding: 1.6rem 1rem 4rem; }
  h2 { margin-top: 3rem; }
  table, tbody, tr, td, tbody th { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: 0.9rem 0; border-bottom: 1px solid var(--line); }
  td, tbody th { border: 0; padding: 0.1rem 0; }
  td[data-label] { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0.8rem; }
  td[data-label]::before { content: attr(data-label); color: var(--quiet); font-size: 0.875rem; }
  ul.remarks li { grid-template-columns: auto 1fr; }
  ul.remarks li > .quiet { grid-column: 1 / -1; }
  td:empty { display: none; }
  .history td.when, .history td.took { white-space: normal; }
  article { padding: 1.1rem 1rem; }
  article header .small { margin-left: 0; width: 100%; }
  dl { display: block; }
  dl > div { grid-template-columns: 7rem minmax(0, 1fr); gap: 0 0.8rem; }
  dl > .wide { grid-template-columns: minmax(0, 1fr); padding: 0.35rem 0; }
}
@media print { body { max-width: none; padding: 0; } article { break-inside: avoid; } }
`;
