"""The words and patterns by which instructions to an assistant are told from information for a reader."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

VERBS = ("edit", "create", "explain", "speak", "override", "perform")
WORD = re.compile(r"[a-z][a-z0-9+']*")
HAN = re.compile("[\u3400-\u9fff]")
HAN_RUN = re.compile("[\u3400-\u9fff]{2,}")
COMMON_HAN = frozenset(
    "的了是在有和就不都一个上也很到说要去你会着没看好自己这那里吗呢请您把我们他她它为以于与及或等中用之"
)

ROLE_MARKER = re.compile(
    r"<\|[^|>\n]{1,40}\|>|<｜[^｜>\n]{1,40}｜>|\[/?INST\]|<</?SYS>>"
    r"|</?(?:system|assistant|user|source|question"
    r"|instructions?)>"
    r"|^\W{0,4}(?:system|assistant|developer|human|ai|系统|助手|指令|instructions?|new task|new instructions?)"
    r"(?: prompt| message)?\W{0,2}[:：]",
    re.IGNORECASE | re.MULTILINE,
)
SPECIAL_TOKEN = re.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|begin_of_text)[^>\n]{0,20}\|>"
    r"|\[/?INST\]|<</?SYS>>"
)
OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|overlook|neglect|skip|drop|(?:do not|don't|stop"
    r"|cease) (?:follow|obey|adher)\w*)\b"
    r".{0,40}\b(?:instructions?|rules?|prompts?|guidelines?|directives?|everything|constraints?|restrictions?"
    r"|orders|above|previous|prior)\b"
    r"|\b(?:instructions?|rules?|prompt)\b.{0,40}\b(?:void|obsolete|replaced|no longer|cancelled)\b"
    r"|\bnew (?:instructions?|task)\b",
)
OVERRIDE_PLAIN = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,20}\b(?:all|any|your|previous|prior|above|earlier"
    r"|preceding|system)\b"
    r".{0,24}\b(?:instructions?|prompts?|directives?|guidelines?)\b"
    r"|(?:忽略|无视|忘记|忘掉|不要再?遵守|不理会).{0,8}(?:之前|以上|上面|前面|所有|全部|系统).{0,8}(?:指令|指示|提示|规则|要求|限制)"
)
LEAK = re.compile(
    r"\bsystem prompt\b|\b(?:your|initial|hidden|secret|original) (?:\w+ )?(?:instructions?|prompt|rules"
    r"|guidelines)\b"
    r"|\binstructions? (?:that|which|you)\b.{0,30}\b(?:before|given|told|received)\b|\bwere you told\b",
)
SECRECY = re.compile(
    r"\b(?:do not|don't|never|without) (?:\w+ )?(?:tell(?:ing)?|mention(?:ing)?|reveal(?:ing)?|show(?:ing)?"
    r"|say(?:ing)?)\b|\bhide the\b"
)
PERSONA = re.compile(
    r"\byou are (?:now|no longer)\b|\bfrom (?:now|this point) on\b|\b(?:act|behave|speak|respond|answer"
    r"|reply) (?:as|like)\b"
    r"|\b(?:to|for|attention|notice|note|dear|hey),? (?:the |all |any )?(?:ai|assistant|language model|llm"
    r"|chatbot)s?\b|\bshut down if you\b"
    r"|\bpretend\b|\broleplay\b|\b(?:developer|jailbreak|dan|god) mode\b|\bwithout (?:any )?restrictions\b"
    r"|\byour (?:new )?(?:task|role|job) is\b"
)
OWNED = re.compile(
    r"\b(?:your|each|every|all|this|the|any)(?: (?:\w+|entire))?(?: of your)? "
    r"(?:answers?|repl(?:y|ies)|responses?|outputs?|elucidation|explanation|completion|answer's|response's|reply's"
    r"|message's)\b"
    r"|\byour (?:message|words|text|summary)\b|\b(?:answer|reply|respond)\b.{0,12}\b(?:only|exactly|in)\b"
)
IN_ANSWER = re.compile(
    r"\b(?:in|to|into|with|within|of|after|throughout) (?:your|the|each|every|all) (?:\w+ )?(?:answer|reply"
    r"|response|output|message)s?\b"
)
YOUR_WORK = re.compile(
    r"\byour (?:own )?(?:\w+ )?(?:code|codebase|solution|implementation|program|algorithm|project|elucidation"
    r"|response)\b"
)
CODE_REFERENCE = re.compile(
    r"\b(?:following|subsequent|below|above|this|next|these)\b.{0,24}\b(?:code|snippet|excerpt|script"
    r"|lines of code)\b|\bcode (?:snippet|excerpt|block|section|segment)\b.{0,10}\bbelow\b"
)
ASKS_ME = re.compile(
    r"^(?:(?:can|could|would|will) you|do you|are you|let's|let us|help me|i (?:want|need|would like) you)\b"
)
HOW_I = re.compile(r"^(?:how (?:do|can|would|should) (?:i|you|one|we)|how to)\b")
SAY_IN = re.compile(
    r"\bhow do you say\b|\bwhat(?:'s| is| does)\s*['\"‘“].{1,60}['\"’”]\s*(?:mean )?in\b|\btranslat|翻译"
    r"|用.{1,4}[语文]怎么说|[语文]是什么"
)
KNOWLEDGE = re.compile(
    r"^(?:what|who|which|when|where|why|how)(?:'s| is| are| was| were| did| does| do| many| much| can)?\b"
)
LEAD = re.compile(
    r"^(?:\W+|(?:please|now|also|then|next|additionally|kindly|finally|just|and|but|so|hey|ok|okay|assistant|ai"
    r"|instead|always|"
    r"important|urgent|attention|warning|seamlessly|quietly|secretly|immediately|to proceed|first|never|do not"
    r"|don't|let|be sure to|"
    r"make sure (?:to|that|you)|ensure(?: that)?(?: the)?|don't (?:hesitate|forget) to|do not (?:hesitate"
    r"|forget) to|consider|"
    r"remember to|keep in mind to|try to|feel free to|feel encouraged to|i want you to|i need you to|you (?:must"
    r"|should|need to|have to|will|may|are required to)|"
    r"it is (?:recommended|required|important|essential) (?:that you|to)|your task is to|help me(?: to)?|let's"
    r"|stop)\b[ ,:]*"
    r"|(?:in|within|throughout|with|at the (?:start|end|beginning) of|without|for) (?:your|the|each|every|all"
    r"|mentioning)\b[^,]{0,40},\s*)"
)
URL = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|org|io|example|xyz|cn)\b|\S@\S+\.\w")
LEAKING_IMAGE = re.compile(r"!\[[^\]]*\]\(https?://[^)]*[?=]")
SEND_OUT = re.compile(
    r"\b(?:send|forward|post|upload|append|transmit|mail|leak)\b.{0,30}"
    r"\b(?:conversation|history|data|passwords?|numbers?|addresses|everything|results?|contents?|records|keys?|secrets?)\b"
    r".{0,40}(?:https?://|www\.|\S@\S+\.\w)"
    r"|(?:发送|转发|上传|写进)[^。]{0,40}(?:https?://|www\.|\S@\S+\.\w)|(?:对话|密码|卡号|数据|邮箱)[^。]{0,10}(?:发送|转发|上传|写进)"
)
QUOTED = re.compile(r"['\"‘“「『].{3,120}['\"’”」』]")
HEADING = re.compile(r"^(?:#{1,6}\s|\*\*|[-*•]\s|\d+[.)]\s)")
BLOB = re.compile(r"(?<![\w/+])[A-Za-z0-9+/]{24,}={0,2}(?![\w/+])")
BACKWARDS = re.compile(r"(?:snoitcurtsni|tpmorp|erongi|metsys)|词示提|令指")
MARKUP_HIDES = re.compile(r"<!--\W*(?:\w+\W+){4}|font-size:\s*0|display:\s*none|color:\s*(?:white|#fff)", re.IGNORECASE)


@cache
def words(language: str) -> Any:
    """The lists of words.yaml: English as sets (verbs with their -ing), Chinese as compiled patterns."""
    listed = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))[language]
    if language == "chinese":
        return {name: re.compile(pattern.replace(" ", "")) for name, pattern in listed.items()}
    plain = {name: frozenset(text.split()) for name, text in listed.items()}
    return {name: _with_gerunds(found) if name in VERBS else found for name, found in plain.items()}


def _with_gerunds(verbs: frozenset[str]) -> frozenset[str]:
    return verbs | {verb.removesuffix("e") + "ing" for verb in verbs} | {verb + verb[-1] + "ing" for verb in verbs}


ODD_MARK = re.compile(
    r"<\||<｜|\[/?INST|</?[a-zA-Z]+>|!\[|<!--|^\W{0,4}\w{2,12}(?: \w+)?\W{0,2}[:：]|[A-Za-z0-9+/]{24}|snoitcurtsni"
    r"|tpmorp|metsys"
)
CJK_CUE = re.compile(
    "请|务必|必须|帮我|给我|告诉|回答|回复|答复|答案|输出|忽略|无视|忘记|忘掉|绕过|不要|绝不|假装|扮演|助手|语言模型|AI|指令|指示|提示词|代码"
    "|翻译|悄悄|隐瞒|你现在|从现在|词示提|我们来|^(?:为|替|给|把|将|用|以|写|创作|编|起草|撰写|设计|生成|列|讲|解|介绍|描述|概括|总结|讨论"
    "|比较|定义|分析|判断|预测|计算|评价|推荐|在|每|去掉|顺便|整理|设置|发送|转发|删除|预订|停止|重要|紧急|注意|呼吁)"
)
