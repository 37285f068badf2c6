"""A provider in auth.config that the push refuses, or that lets in tokens which are meant for others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.convex.near import nearest
from convexlint.program.places.auth_config import AuthConfig, AuthField, AuthProvider, auth_configs
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

OIDC = ("type", "domain", "applicationID")
CUSTOM = ("type", "applicationID", "issuer", "jwks", "algorithm")
ALGORITHMS = ("RS256", "ES256")
# An issuer of one application or project alone: who signs with it signs for nobody else.
OWN_ISSUER = re.compile(
    r"[`'\"]https?://[^/$`'\"]+/[^`]*\$\{|['\"`]https://(api\.workos\.com/user_management/|securetoken\.google\.com/)\w"
)
SHARED = ("https://api.workos.com", "https://api.workos.com/")


@rule(category=Category.SECURITY, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for config in auth_configs(program):
        yield from _config(config)
        for provider in config.providers:
            yield from _provider(provider)


def _config(config: AuthConfig) -> Iterator[Finding]:
    advice = "export `{ providers: [...] }`"
    path = config.module.path
    if config.wrong is not None:
        text = (
            f"`auth.config` exports {config.wrong} by default, not an object with `providers`: the push fails"
        )
        yield Finding(path, config.span, text, advice)
        return
    given = config.entries.get("providers")
    if given is None:
        if config.complete:
            text = "`auth.config` exports an object without `providers`: the push fails"
            yield Finding(path, config.span, text, advice)
    elif not config.listed:
        text = "`providers` is not an array: the push fails"
        yield Finding(
            given.module.path, given.span, text, "put the provider into a list: `providers: [{ ... }]`"
        )
    for key, field in config.entries.items():
        if key != "providers":
            yield _unknown(field, ("providers",), "an `auth.config`")


def _provider(provider: AuthProvider) -> Iterator[Finding]:
    fields = provider.fields
    kind = fields.get("type")
    if kind is None and not provider.complete:
        return
    if (kind is not None and kind.holds == "unknown") or (
        kind and kind.holds == "text" and kind.text is None
    ):
        return
    name = kind.text if kind is not None and kind.holds == "text" else None
    if kind is not None and (kind.holds == "other" or name not in (None, "oidc", "customJwt")):
        text = f"a provider's `type` is not {_shown(kind)}: the push fails"
        yield Finding(kind.module.path, kind.span, text, 'write "customJwt", or leave `type` out for OIDC')
        return
    custom = name == "customJwt"
    what, known = ("a customJwt provider", CUSTOM) if custom else ("an OIDC provider", OIDC)
    misfit = fields.get("domain" if custom else "issuer")
    if misfit is not None and misfit.holds != "undefined":
        text = f"{what} has no `{misfit.key}`, and this has one: the push fails"
        advice = (
            "its address is the `issuer`" if custom else 'add `type: "customJwt"`, or name the `domain` alone'
        )
        yield Finding(misfit.module.path, misfit.key_span, text, advice)
        return
    for field in fields.values():
        if field.key.lower() == "applicationid" and field.key != "applicationID":
            text = f"`{field.key}` is spelled `applicationID`: the push fails"
            yield Finding(field.module.path, field.key_span, text, "write `applicationID`")
        elif field.key not in known:
            yield _unknown(field, known, what)
        elif field.holds == "other" and field.key != "type":
            text = f"`{field.key}` is not a string: the push fails"
            yield Finding(field.module.path, field.span, text, f"give `{field.key}` a string")
    lacks = _missing(provider, CUSTOM[2:] if custom else OIDC[1:])
    if lacks:
        names = " and ".join(f"`{key}`" for key in lacks)
        text = f"{what} needs {names}, which this one lacks: the push fails"
        yield Finding(provider.module.path, provider.span, text, f"add {names}")
    algorithm = fields.get("algorithm")
    if custom and algorithm is not None and algorithm.text not in (None, *ALGORITHMS):
        text = f"Convex verifies RS256 and ES256 tokens, not {_shown(algorithm)}: the push fails"
        yield Finding(
            algorithm.module.path, algorithm.span, text, 'sign with "RS256" or "ES256", and say which'
        )
    address = fields.get("issuer" if custom else "domain")
    if address is not None and address.text is not None:
        yield from _address(address, address.text)
    if custom and provider.complete and not lacks:
        yield from _audience(provider, fields)


def _missing(provider: AuthProvider, wanted: tuple[str, ...]) -> list[str]:
    """The entries that a provider certainly lacks."""
    spelled = {key.lower() for key in provider.fields}
    return [
        key
        for key in wanted
        if (key not in provider.fields and provider.complete and key.lower() not in spelled)
        or (key in provider.fields and provider.fields[key].holds == "undefined")
    ]


def _address(field: AuthField, text: str) -> Iterator[Finding]:
    scheme = re.match(r"(\w+)://", text)
    host = re.split(r"[/?#:]", text)[0]
    if text.startswith('"'):
        wrong = "begins with a quote"
    elif scheme is not None and scheme[1].lower() not in ("http", "https"):
        wrong = f"has the scheme `{scheme[1]}`"
    elif (scheme is None and "." not in host and host != "localhost") or re.fullmatch(r"\w+://", text):
        wrong = "is not an address"
    else:
        return
    message = f'`{field.key}` is the address of the service that signs the tokens, and "{text}" {wrong}: the push fails'
    yield Finding(field.module.path, field.span, message, 'write it like "https://auth.example.com"')


def _audience(provider: AuthProvider, fields: dict[str, AuthField]) -> Iterator[Finding]:
    given, issuer = fields.get("applicationID"), fields.get("issuer")
    if (given is not None and given.holds != "undefined") or any(
        k.lower() == "applicationid" for k in fields
    ):
        return
    if issuer is None or (issuer.text not in SHARED and OWN_ISSUER.match(issuer.source)):
        return
    shared = issuer.text in SHARED
    yield Finding(
        provider.module.path,
        provider.span,
        "this provider has no `applicationID`, so tokens that its issuer signs for other applications are let in"
        + (": the push fails for this issuer, which many share" if shared else ""),
        "add `applicationID` with the audience (`aud`) of your tokens",
        level=None if shared else Level.WARNING,
    )


def _unknown(field: AuthField, known: tuple[str, ...], what: str) -> Finding:
    near = nearest(field.key, known)
    advice = (
        f"did you mean `{near}`?" if near else f"remove it; known are {', '.join(f'`{k}`' for k in known)}"
    )
    text = f"{what} has no entry `{field.key}`: Convex passes over it"
    return Finding(field.module.path, field.key_span, text, advice, level=Level.WARNING)


def _shown(field: AuthField) -> str:
    return f'"{field.text}"' if field.text is not None else field.source
