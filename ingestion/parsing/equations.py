"""Equations of Office files (OMML) as LaTeX, which readers and models know."""

from __future__ import annotations

from collections.abc import Callable

from ingestion.parsing.xml_reader import Element, attribute, child, children, local

_SYMBOLS = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\epsilon", "ϵ": r"\epsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "ι": r"\iota", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu",
    "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "υ": r"\upsilon",
    "φ": r"\varphi", "ϕ": r"\phi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma", "Δ": r"\Delta",
    "Θ": r"\Theta", "Λ": r"\Lambda", "Ξ": r"\Xi", "Π": r"\Pi", "Σ": r"\Sigma", "Φ": r"\Phi", "Ψ": r"\Psi",
    "Ω": r"\Omega", "×": r"\times", "÷": r"\div", "±": r"\pm", "∓": r"\mp", "·": r"\cdot", "⋅": r"\cdot",
    "∙": r"\cdot", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx", "≡": r"\equiv", "∞": r"\infty",
    "∂": r"\partial", "∇": r"\nabla", "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "⊆": r"\subseteq",
    "∪": r"\cup", "∩": r"\cap", "∧": r"\wedge", "∨": r"\vee", "→": r"\rightarrow", "←": r"\leftarrow",
    "⇒": r"\Rightarrow", "↔": r"\leftrightarrow", "∀": r"\forall", "∃": r"\exists", "√": r"\surd",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "…": r"\ldots", "⋯": r"\cdots",
}  # fmt: skip
_LARGE = {
    "∑": r"\sum", "∏": r"\prod", "∐": r"\coprod", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint", "∮": r"\oint",
    "∯": r"\oiint", "∰": r"\oiiint", "⋃": r"\bigcup", "⋂": r"\bigcap", "⋀": r"\bigwedge", "⋁": r"\bigvee",
}  # fmt: skip
_ACCENTS = {
    "̂": "hat", "̃": "tilde", "̄": "bar", "̅": "overline", "̇": "dot", "̈": "ddot", "⃗": "vec",
    "⏞": "overbrace", "⏟": "underbrace",
}  # fmt: skip
_FUNCTIONS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "sinh",
        "cosh",
        "tanh",
        "log",
        "ln",
        "exp",
        "lim",
        "max",
        "min",
        "sup",
        "inf",
        "det",
        "gcd",
        "arg",
    ]
)


def latex(element: Element) -> str:
    """The equation `m:oMath` (or a part of one) in one line of LaTeX."""
    return " ".join(_all(element).split())


def _all(element: Element | None) -> str:
    return "" if element is None else "".join(_one(part) for part in element)


def _one(element: Element) -> str:
    name = local(element)
    if name in {"r", "t"}:
        return _run(element)
    writer = _WRITERS.get(name)
    if writer:
        return writer(element)
    return "" if name.endswith("Pr") else _all(element)


def _run(element: Element) -> str:
    text = "".join(part.text or "" for part in element.iter("{*}t"))
    return "".join(f" {_SYMBOLS[sign]} " if sign in _SYMBOLS else sign for sign in text)


def _part(element: Element, name: str) -> str:
    return _all(child(element, name)).strip()


def _property(element: Element, name: str, default: str) -> str:
    """The value of a setting such as `m:chr` in the element's properties."""
    for properties in element:
        if local(properties).endswith("Pr"):
            setting = child(properties, name)
            if setting is not None:
                return attribute(setting, "val")
    return default


def _fraction(element: Element) -> str:
    top, bottom = _part(element, "num"), _part(element, "den")
    if _property(element, "type", "bar") == "noBar":
        return f"\\genfrac{{}}{{}}{{0pt}}{{}}{{{top}}}{{{bottom}}}"
    return f"\\frac{{{top}}}{{{bottom}}}"


def _scripts(element: Element) -> str:
    base, below, above = _part(element, "e"), child(element, "sub"), child(element, "sup")
    text = base if len(base) <= 1 or base.isalnum() else f"{{{base}}}" if "\\" in base and " " in base else base
    if below is not None:
        text += f"_{{{_all(below).strip()}}}"
    if above is not None:
        text += f"^{{{_all(above).strip()}}}"
    return text


def _pre_scripts(element: Element) -> str:
    return f"{{}}_{{{_part(element, 'sub')}}}^{{{_part(element, 'sup')}}}{_part(element, 'e')}"


def _radical(element: Element) -> str:
    degree = _part(element, "deg")
    return f"\\sqrt[{degree}]{{{_part(element, 'e')}}}" if degree else f"\\sqrt{{{_part(element, 'e')}}}"


def _large(element: Element) -> str:
    sign = _property(element, "chr", "∫")
    above = _part(element, "sup")
    text = f"{_LARGE.get(sign, sign)}_{{{_part(element, 'sub')}}}"
    return text + (f"^{{{above}}}" if above else "") + _part(element, "e")


def _delimited(element: Element) -> str:
    left, right = _property(element, "begChr", "("), _property(element, "endChr", ")")
    inside = _property(element, "sepChr", "|").join(_all(one).strip() for one in children(element, "e"))
    escaped = {"{": r"\{", "}": r"\}", "": "."}
    return f"\\left{escaped.get(left, left)}{inside}\\right{escaped.get(right, right)}"


def _function(element: Element) -> str:
    name, argument = _part(element, "fName"), _part(element, "e")
    return f"{chr(92) + name if name in _FUNCTIONS else name}{{{argument}}}" if name in _FUNCTIONS else name + argument


def _limit(sign: str) -> Callable[[Element], str]:
    def write(element: Element) -> str:
        base = _part(element, "e")
        base = "\\" + base if base in _FUNCTIONS else base
        return f"{base}{sign}{{{_part(element, 'lim')}}}"

    return write


def _matrix(element: Element) -> str:
    rows = (" & ".join(_all(cell).strip() for cell in children(row, "e")) for row in children(element, "mr"))
    return "\\begin{matrix}" + r" \\ ".join(rows) + "\\end{matrix}"


def _lines(element: Element) -> str:
    return r" \\ ".join(_all(one).strip() for one in children(element, "e"))


def _accent(element: Element) -> str:
    return f"\\{_ACCENTS.get(_property(element, 'chr', chr(0x302)), 'hat')}{{{_part(element, 'e')}}}"


def _group(element: Element) -> str:
    sign = _property(element, "chr", "⏟")
    return f"\\{_ACCENTS.get(sign, 'underbrace')}{{{_part(element, 'e')}}}"


def _bar(element: Element) -> str:
    over = _property(element, "pos", "bot") == "top"
    return f"\\{'overline' if over else 'underline'}{{{_part(element, 'e')}}}"


_WRITERS: dict[str, Callable[[Element], str]] = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _pre_scripts,
    "rad": _radical,
    "nary": _large,
    "d": _delimited,
    "func": _function,
    "limLow": _limit("_"),
    "limUpp": _limit("^"),
    "m": _matrix,
    "eqArr": _lines,
    "acc": _accent,
    "groupChr": _group,
    "bar": _bar,
}
