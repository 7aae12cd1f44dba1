/// How the page of a report looks: on a screen of any width, by day and by night, and on paper.
enum ReportStyleSheet {
  /// The style sheet. It holds neither `<` nor `&`, so that it needs no escapes.
  ///
  /// The colors of the plots have the hues of Okabe and Ito, darker on a white page and lighter on a dark one.
  static let text = """

    :root {
      color-scheme: light dark;
      --page: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
      --link: #0550ae; --good: #0f6b4c; --bad: #a63c00; --doubt: #7a5200; --grid: #b8bfc6;
      --blue: #0072b2; --vermillion: #d55e00; --green: #009e73; --purple: #b5578b; --orange: #c98500;
      --sky: #3a9bd9;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #14181d; --text: #e3e8ee; --soft: #9da7b3; --line: #363d46; --panel: #1d2229;
        --link: #7ab8ff; --good: #4fd1a1; --bad: #ff9a5c; --doubt: #f0c04d; --grid: #59626d;
        --blue: #4aa8ec; --vermillion: #ff8a3d; --green: #35cfa0; --purple: #e5a3c8; --orange: #f5b83d;
        --sky: #9ad6fb;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--page); color: var(--text);
      font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
      overflow-wrap: break-word;
    }
    h1 { font-size: 1.7rem; margin: .5rem 0; line-height: 1.2; }
    h2 { font-size: 1.25rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
    h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
    p { margin: .5rem 0; max-width: 50rem; }
    a { color: var(--link); }
    ul { margin: .2rem 0; padding-left: 1.2rem; }
    section { margin: 2rem 0; }
    section.check { border-top: 1px solid var(--line); padding-top: 1.5rem; }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1rem; margin: .5rem 0; }
    dt { color: var(--soft); }
    dd { margin: 0; min-width: 0; }
    pre {
      margin: .25rem 0; padding: .4rem .6rem; overflow-x: auto; background: var(--panel);
      border: 1px solid var(--line); border-radius: .3rem; font-size: .85rem;
    }
    code, .value { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
    .value { font-size: .85rem; overflow-wrap: anywhere; }
    td .value { white-space: nowrap; }
    .summary { font-size: 1.1rem; }
    .statement { font-size: 1.1rem; padding-left: .8rem; border-left: .25rem solid var(--line); text-wrap: pretty; }
    .surprise { color: var(--bad); font-weight: 600; }
    .badge {
      display: inline-block; padding: 0 .5rem; border: 1px solid currentColor; border-radius: 1rem;
      font-size: .8rem; font-weight: 600; white-space: nowrap; vertical-align: middle; color: var(--soft);
    }
    .badge.holds { color: var(--good); }
    .badge.violated { color: var(--bad); border-width: 2px; }
    .badge.inconclusive { color: var(--doubt); border-style: dashed; }
    .notice {
      margin: .75rem 0; padding: .5rem .8rem; border: 1px dashed var(--doubt); border-radius: .3rem;
      overflow-wrap: anywhere;
    }
    .scroll { overflow-x: auto; max-width: 100%; }
    table { border-collapse: collapse; font-size: .9rem; }
    th, td { padding: .3rem .55rem; text-align: left; vertical-align: baseline; white-space: nowrap; }
    thead th { border-bottom: 2px solid var(--line); color: var(--soft); font-weight: 600; }
    tbody th { font-weight: 400; }
    tbody tr { border-bottom: 1px solid var(--line); }
    .number { text-align: right; font-variant-numeric: tabular-nums; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
    .card { padding: .8rem 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; min-width: 0; }
    .card h3 { margin-top: 0; }
    .card .statement { font-size: 1rem; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1.5rem; margin-top: 1.5rem; }
    figure { margin: 0; min-width: 0; }
    figure svg { display: block; width: 100%; max-width: 38rem; height: auto; }
    figcaption { font-size: .9rem; color: var(--soft); max-width: 38rem; }
    figcaption strong { color: var(--text); }
    .files { white-space: normal; overflow-wrap: anywhere; }
    footer { margin: 3rem 0 1rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); }
    @media (max-width: 40rem) {
      dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
      dd { margin-bottom: .5rem; }
      th, td { padding: .3rem .4rem; }
      tbody th { min-width: 10rem; white-space: normal; overflow-wrap: anywhere; }
    }
    @media print {
      :root { color-scheme: light; }
      body { max-width: none; padding: 0; font-size: 10pt; }
      a { color: inherit; text-decoration: none; }
      section.check { break-before: auto; }
      figure, .card, tr, .worst { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .scroll, pre { overflow: visible; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; }
      th, td { padding: .15rem .35rem; white-space: normal; font-size: 8pt; }
    }

    """
}
