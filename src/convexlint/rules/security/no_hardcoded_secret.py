"""Credentials belong into environment variables: code is read by many, and kept for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from convexlint.findings import Category, Finding, Level
from convexlint.program.behaviour.secret_fallbacks import secret_fallbacks
from convexlint.program.modules.test_code import is_test_code
from convexlint.program.places.literals import literals_matching, long_literals
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

# What each provider's credentials look like. Publishable keys (`pk_...`) are meant to be public.
PROVIDERS: dict[str, str] = {
    "a Stripe or Clerk secret key": r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{20,}",
    "a webhook signing secret": r"\bwhsec_[A-Za-z0-9+/=_-]{24,}",
    "an Anthropic API key": r"\bsk-ant-[A-Za-z0-9_-]{32,}",
    "an OpenRouter API key": r"\bsk-or-v1-[0-9a-f]{48,}",
    "an OpenAI API key": r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{32,}|\bsk-[A-Za-z0-9]{48}\b",
    "an AWS access key id": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{60,}",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a Slack token": r"\bxox[abeoprs]-[0-9]+-[A-Za-z0-9-]{20,}",
    "a Slack webhook address": r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}",
    "a Discord webhook address": r"discord(?:app)?\.com/api/webhooks/[0-9]{16,}/[A-Za-z0-9_-]{50,}",
    "a Google API key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a SendGrid API key": r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    "a Resend API key": r"\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{22,}",
    "a Twilio API key": r"\bSK[0-9a-f]{32}\b",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{34}\b",
    "a Replicate token": r"\br8_[A-Za-z0-9]{37}\b",
    "a Groq API key": r"\bgsk_[A-Za-z0-9]{52}\b",
    "a Linear API key": r"\blin_api_[A-Za-z0-9]{40}\b",
    "a Shopify token": r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    "a Telegram bot token": r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a Convex deploy key": r"\b(?:prod|dev|preview):[a-z0-9-]+\|[A-Za-z0-9+/=_-]{40,}",
    "a database address with its password": r"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?)://"
    r"[^\s:/@$\"'`<]*:[^\s/@$\"'`<]{6,}@[\w.-]+",
}
# Texts of which each match holds one, per pattern: looking for them is much faster than trying the patterns.
_HINTS: tuple[tuple[bytes, ...], ...] = (
    (b"k_live_", b"k_test_"),
    (b"whsec_",),
    (b"sk-ant-",),
    (b"sk-or-v1-",),
    (b"sk-",),
    (b"AKIA", b"ASIA"),
    (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    (b"glpat-",),
    (b"npm_",),
    (b"xox",),
    (b"hooks.slack.com/services/",),
    (b"/api/webhooks/",),
    (b"AIza",),
    (b"SG.",),
    (b"re_",),
    (b"SK",),
    (b"hf_",),
    (b"r8_",),
    (b"gsk_",),
    (b"lin_api_",),
    (b"shpat_", b"shpca_", b"shppa_", b"shpss_"),
    (b":AA",),
    (b"PRIVATE KEY-----",),
    (b"prod:", b"dev:", b"preview:"),
    (b"://",),
)


@cache
def _patterns(hinted: tuple[int, ...]) -> re.Pattern[bytes]:
    """What finds the credentials of these providers, by number. Compiled when asked for: most code has none of most."""
    chosen = list(PROVIDERS.values())
    return re.compile("|".join(f"(?:{chosen[number]})" for number in hinted).encode())


_ALL = tuple(range(len(PROVIDERS)))


# What examples and tests put in the place of a secret.
_STAND_IN = re.compile(
    rb"example|placeholder|your[_-]?|dummy|fake|redacted|changeme|password@|localhost|127\.0\.0\.1|x{6}|\*{4}|"
    rb"(.)\1{7}|1234567890|abcdefghij",
    re.IGNORECASE,
)


@rule(category=Category.SECURITY, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for module in program.reported:
        if is_test_code(module):
            continue  # never pushed, and what it protects is thrown away with it
        texts = long_literals(program, module)
        hinted = tuple(n for n, hints in enumerate(_HINTS) if any(hint in texts for hint in hints))
        if not hinted or _patterns(hinted).search(texts) is None:
            continue
        for span, match in literals_matching(program, module, _patterns(_ALL)):
            kind = credential(match[0])
            if kind is None or is_stand_in(match[0]):
                continue
            yield Finding(
                path=module.path,
                span=span,
                message=f"{kind} stands in the code, for everyone who can read it",
                help="revoke it, set the new one with `npx convex env set NAME`, and read `process.env.NAME`",
            )
    for fallback in secret_fallbacks(program):
        if is_test_code(fallback.place.module):
            continue
        name = fallback.name
        unset = f"`{name}` is not set"
        if fallback.others:
            unset = f"neither `{name}` nor {' nor '.join(f'`{one}`' for one in fallback.others)} is set"
        yield Finding.at(
            fallback.place,
            f"where {unset}, this text is the secret, and everyone who can read the code knows it",
            help=f"throw while it is not set (`if (!process.env.{name}) throw ...`), and set it on each deployment: "
            f"`npx convex env set {name}`",
        )


def credential(text: bytes) -> str | None:
    """What kind of credential `text` holds, None if it holds none."""
    return next((name for n, name in enumerate(PROVIDERS) if _patterns((n,)).search(text)), None)


def is_stand_in(text: bytes) -> bool:
    """Whether `text` only shows where a credential would stand."""
    return _STAND_IN.search(text) is not None
