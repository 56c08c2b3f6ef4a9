// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/page_style.h"

namespace audiodl {

const std::string_view kPageStyle = R"css(
:root{--paper:#fff;--ink:#1c1c1c;--soft:#595959;--link:#0b4f9e;--line:#d9d9d9;--done:#17692e;
--bad:#a31515;--field:#fff;--on-button:#fff}
@media(prefers-color-scheme:dark){:root{--paper:#161616;--ink:#ececec;--soft:#ababab;
--link:#8fc0ff;--line:#3a3a3a;--done:#7fd494;--bad:#ff9d9d;--field:#222;--on-button:#161616}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.audiodl{max-width:46rem;margin:0 auto;padding:1.25rem 1rem 3rem;overflow-wrap:anywhere}
.audiodl header{display:flex;gap:1.25rem;align-items:flex-start}
.audiodl .cover{width:8rem;height:auto;flex:none;border-radius:.35rem}
.audiodl h1{font-size:1.6rem;line-height:1.2;margin:0 0 .35rem}
.audiodl h2{font-size:1.2rem;line-height:1.3;margin:2rem 0 .5rem}
.audiodl h3{font-size:1rem;margin:1rem 0 .25rem}
.audiodl p{margin:.35rem 0}
.audiodl .by{font-size:1.05rem}
.audiodl .facts,.audiodl .hint{color:var(--soft);font-size:.9rem}
.audiodl .about{margin-top:1rem}
.audiodl .about p{white-space:pre-line;margin:.6rem 0}
.audiodl a{color:var(--link)}
.audiodl a:focus-visible,.audiodl input:focus-visible,.audiodl button:focus-visible,
.audiodl audio:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.audiodl .whole{margin-top:1.5rem}
.audiodl .button,.audiodl button{display:inline-block;background:var(--link);
color:var(--on-button);border:0;border-radius:.35rem;padding:.6rem 1rem;font:inherit;
font-weight:600;text-decoration:none;cursor:pointer}
.audiodl .parts{margin:.5rem 0 0;padding-left:2.75rem;border-top:1px solid var(--line)}
.audiodl .parts li{border-bottom:1px solid var(--line)}
.audiodl .parts li::marker{color:var(--soft);font-variant-numeric:tabular-nums}
.audiodl .part{display:flex;flex-wrap:wrap;align-items:baseline;column-gap:.9rem}
.audiodl .get{flex:1 1 14rem;padding:.65rem 0;font-weight:600}
.audiodl .part .facts{font-variant-numeric:tabular-nums;white-space:nowrap}
.audiodl .done,.audiodl .begun{font-size:.9rem;white-space:nowrap}
.audiodl .done{color:var(--done)}
.audiodl .play{padding:.65rem 0;font-size:.9rem}
.audiodl .chapters li,.audiodl ul:not(.books) li{padding:.3rem 0}
.audiodl audio{display:block;width:100%;margin:.5rem 0}
.audiodl .books{list-style:none;padding:0;margin:1rem 0 0}
.audiodl .books li{display:flex;gap:1rem;padding:1rem 0;border-top:1px solid var(--line)}
.audiodl .books .cover{width:4.5rem}
.audiodl .books h2{margin:0 0 .2rem;font-size:1.1rem}
.audiodl label{display:block;font-weight:600;margin:.75rem 0 .25rem}
.audiodl input{width:100%;max-width:30rem;font:inherit;color:var(--ink);background:var(--field);
border:1px solid var(--soft);border-radius:.35rem;padding:.55rem .7rem}
.audiodl form button{margin-top:.75rem;display:block}
.audiodl .problem{color:var(--bad);font-weight:600}
.audiodl .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
@media(max-width:34rem){.audiodl .cover{width:5.5rem}.audiodl h1{font-size:1.35rem}
.audiodl .parts{padding-left:2.25rem}.audiodl .get{flex-basis:100%;padding-bottom:.1rem}
.audiodl .part{padding-bottom:.35rem}}
@media print{.audiodl .play,.audiodl form,.audiodl .whole{display:none}}
)css";

}  // namespace audiodl
