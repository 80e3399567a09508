"""Words too common to search for, and words that only ask."""

from __future__ import annotations

_ENGLISH = """
    a about after again all also am an and any are aren as at be because been before being below between both but by
    can cannot could couldn d did didn do does doesn doing don down during each few for from further had hadn has hasn
    have haven having he her here hers herself him himself his how i if in into is isn it its itself just ll m me might
    mightn more most must mustn my myself need needn no nor not now o of off on once only or other our ours ourselves
    out over own re s same shan she should shouldn so some such t than that the their theirs them themselves then there
    these they this those through to too under until up ve very was wasn we were weren what when where which while who
    whom why will with won would wouldn you your yours yourself yourselves
"""
ENGLISH_STOP_WORDS = frozenset(_ENGLISH.split())

_CHINESE = (
    "的 了 是 在 和 与 及 或 吗 呢 吧 啊 呀 哦 嗯 着 过 得 地 之 也 都 就 还 而 但 被 把 让 向 从 对 为 以 于 "
    "我 你 您 他 她 它 我们 你们 他们 这 那 这个 那个 请 请问 什么 怎么 怎样 如何 哪 哪个 哪些 一个 可以 "
    "有 没有 会 能 要 想 说 给 到 去 来 上 下 中 里"
)
CHINESE_STOP_WORDS = frozenset(_CHINESE.split())

_ASKING = """
    tell explain describ give show find list help want need know pleas think mean like anyth someth thing happen use get
    make exampl inform detail summar kind type question answer possibl anyon let see look say said ask call provid
    wonder regard discuss understand learn clarifi elabor
    怎么 多少 哪些 哪里 如何 为什么 介绍 告诉 知道 是否 是不是 几个 谁
"""
ASKING_WORDS = frozenset(_ASKING.split())
"""Terms (English ones stemmed) that ask and say nothing of what is asked about."""
